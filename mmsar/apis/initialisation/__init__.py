"""Detectors trained from several starts, compared."""
