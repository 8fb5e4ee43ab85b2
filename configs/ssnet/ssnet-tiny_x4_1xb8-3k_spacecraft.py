# SSNet for a CPU, x4, on simulated spacecraft.
_base_ = [
    '../_base_/models/ssnet.py',
    '../_base_/datasets/spacecraft.py',
    '../_base_/schedules/adamw_restoration_3k.py',
    '../_base_/restoration_runtime.py',
]
model = dict(generator=dict(num_feats=16, num_groups=2, num_blocks=1))
default_hooks = dict(checkpoint=dict(interval=500))
_base_.custom_hooks[0].momentum = 0.01  # means over the last hundred steps
custom_hooks = _base_.custom_hooks
