"""Making one list of chips of many data sets, for pre-training.

Internal: the tool ``build_pretrain_manifest.py`` is the way in.
"""
