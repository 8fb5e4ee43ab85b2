# Linear probing to its end of the small backbone on a small copy of MSTAR.
_base_ = [
    '../_base_/models/saratrx_probe_hivit-slim_128.py',
    '../_base_/datasets/mstar_soc10_128.py',
    '../_base_/schedules/adam_probe_500e.py',
    '../_base_/classification_runtime.py',
]
model = dict(head=dict(num_classes=10))
train_dataloader = dict(batch_size=256)
optim_wrapper = dict(optimizer=dict(weight_decay=1 / 964))  # C = 1 on all 964 chips
