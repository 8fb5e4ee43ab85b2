# Linear probing of the small backbone on a small copy of MSTAR.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-slim_128.py',
    '../_base_/datasets/mstar_soc10_128.py',
    '../_base_/schedules/adamw_probe_30e.py',
    '../_base_/classification_runtime.py',
]
model = dict(head=dict(num_classes=10))
