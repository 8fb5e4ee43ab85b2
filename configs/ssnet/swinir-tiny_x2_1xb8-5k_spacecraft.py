# SwinIR of mmagic for a CPU, x2, on the same data.
_base_ = './swinir-tiny_x4_1xb8-5k_spacecraft.py'

scale = 2
model = dict(scale=scale, generator=dict(upscale=scale))
train_dataloader = dict(dataset=dict(dataset=dict(scale=scale)))
val_dataloader = dict(dataset=dict(scale=scale))
test_dataloader = dict(dataset=dict(scale=scale))
fitted = dict(bicubic=(0.8029, -0.0450), sinc=(0.7656, -0.0232), black=(0.0, 0.4514))
val_evaluator = dict(fitted=fitted)
_base_.test_evaluator[0].fitted = fitted
test_evaluator = _base_.test_evaluator
