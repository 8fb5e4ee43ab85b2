# Training of the networks of a diffusion model; chips are read by mmpretrain's pipelines.
_base_ = './default_runtime.py'

default_scope = 'mmpretrain'
# Iterations count, not epochs.
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000, max_keep_ckpts=1))
# The weights that are saved are means over the last two hundred steps or so.
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.005)]
log_processor = dict(by_epoch=False)
visualizer = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
