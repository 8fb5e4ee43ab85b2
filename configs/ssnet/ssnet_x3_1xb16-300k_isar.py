# SSNet in full size, x3.
_base_ = './ssnet_x4_1xb16-300k_isar.py'

scale = 3
model = dict(scale=scale, generator=dict(scale=scale))
train_dataloader = dict(dataset=dict(dataset=dict(scale=scale)))
val_dataloader = dict(dataset=dict(scale=scale))
test_dataloader = val_dataloader
