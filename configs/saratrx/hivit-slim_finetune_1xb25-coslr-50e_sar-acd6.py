# Fine-tuning of a whole classifier on a small copy of SAR-ACD.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-slim_128.py',
    '../_base_/datasets/sar_acd6_128.py',
    '../_base_/schedules/adamw_finetune_50e.py',
    '../_base_/classification_runtime.py',
]
model = dict(
    backbone=dict(frozen_stages=-1, drop_path_rate=0.1),
    head=dict(num_classes=6, batch_norm=False),
)
