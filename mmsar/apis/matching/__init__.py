"""Matching an optical and a radar image, and what is said about it."""
