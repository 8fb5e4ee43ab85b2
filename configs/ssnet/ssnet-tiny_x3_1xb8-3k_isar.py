# SSNet for a CPU, x3.
_base_ = './ssnet-tiny_x4_1xb8-3k_isar.py'

scale = 3
model = dict(scale=scale, generator=dict(scale=scale))
train_dataloader = dict(dataset=dict(dataset=dict(scale=scale)))
val_dataloader = dict(dataset=dict(scale=scale))
test_dataloader = val_dataloader
