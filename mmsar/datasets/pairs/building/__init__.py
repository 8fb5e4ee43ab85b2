"""Making optical-SAR pairs from scenes: registration, patches, filters, split.

Source: Algorithm 1 of the paper on QXS-SAROPT (docs/citations.md).
"""
