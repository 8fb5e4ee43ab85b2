# EDSR-baseline of mmagic on the same data, x2.
_base_ = './edsr_x4_1xb16-300k_isar.py'

scale = 2
model = dict(scale=scale, generator=dict(upscale_factor=scale))
train_dataloader = dict(dataset=dict(dataset=dict(scale=scale)))
val_dataloader = dict(dataset=dict(scale=scale))
test_dataloader = val_dataloader
