# Restoration, hosted by mmagic.
_base_ = './default_runtime.py'

default_scope = 'mmagic'
# Iterations count, not epochs; the validation's best PSNR of the foreground is kept.
default_hooks = dict(
    timer=dict(type='mmengine.IterTimerHook'),  # mmagic's fails with ValLoop
    checkpoint=dict(
        by_epoch=False,
        interval=5000,
        save_best='PSNR_foreground',
        rule='greater',
    ),
)
# The weights that are validated and saved are means over the last thousand steps or so.
custom_hooks = [dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.001)]
log_processor = dict(by_epoch=False)
visualizer = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
