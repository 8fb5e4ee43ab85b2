# SSNet for a CPU, x2, on simulated spacecraft.
_base_ = './ssnet-tiny_x4_1xb8-3k_spacecraft.py'

scale = 2
model = dict(scale=scale, generator=dict(scale=scale))
train_dataloader = dict(dataset=dict(dataset=dict(scale=scale)))
val_dataloader = dict(dataset=dict(scale=scale))
test_dataloader = dict(dataset=dict(scale=scale))
