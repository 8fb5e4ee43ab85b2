"""Scores of matching and other pairs: accuracy, thresholds, retrieval."""
