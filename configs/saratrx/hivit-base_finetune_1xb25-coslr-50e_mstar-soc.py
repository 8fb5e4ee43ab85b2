# Fine-tuning of a whole classifier on MSTAR, SOC.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-base.py',
    '../_base_/datasets/mstar_soc.py',
    '../_base_/schedules/adamw_finetune_50e.py',
    '../_base_/classification_runtime.py',
]
model = dict(
    backbone=dict(frozen_stages=-1, drop_path_rate=0.1),
    head=dict(num_classes=10, batch_norm=False),
)
