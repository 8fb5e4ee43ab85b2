"""Matching of optical and radar images."""
