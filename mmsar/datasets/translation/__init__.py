"""Chips of two sensors, for networks that translate one to the other."""
