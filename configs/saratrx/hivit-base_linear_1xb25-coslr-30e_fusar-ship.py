# Linear probing of SARATR-X on FUSAR-Ship.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-base.py',
    '../_base_/datasets/fusar_ship.py',
    '../_base_/schedules/adamw_probe_30e.py',
    '../_base_/classification_runtime.py',
]
model = dict(head=dict(num_classes=10))
