"""Scores of enlarged images beside plain interpolation."""
