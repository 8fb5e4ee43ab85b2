# Linear probing of SARATR-X on SAR-ACD.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-base.py',
    '../_base_/datasets/sar_acd.py',
    '../_base_/schedules/adamw_probe_30e.py',
    '../_base_/classification_runtime.py',
]
model = dict(head=dict(num_classes=6))
