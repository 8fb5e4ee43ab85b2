# SSNet for a CPU, x4, on simulated spacecraft.
_base_ = [
    '../_base_/models/ssnet.py',
    '../_base_/datasets/spacecraft.py',
    '../_base_/schedules/adamw_restoration_5k.py',
    '../_base_/restoration_runtime.py',
]
model = dict(
    generator=dict(num_feats=32, num_groups=1, num_blocks=1),
    # 50 dB are 1: foreground begins 5 dB above black, and counts 101 times. Squares, since the
    # median of speckle, Charbonnier's best guess, is black.
    pixel_loss=dict(_delete_=True, type='mmsar.ForegroundLoss', above=0.1, weight=100.0, power=2),
)
default_hooks = dict(checkpoint=dict(interval=1000))
_base_.custom_hooks[0].momentum = 0.01  # means over the last hundred steps
custom_hooks = _base_.custom_hooks
# Best gain and offset of the baselines on the foreground of training data, so that a network is not
# better by its level alone: tools/analysis_tools/fit_baselines.py on 200 pairs with
# truth='clean', as that of the test is, for each scale
fitted = dict(bicubic=(0.6352, -0.0453), sinc=(0.5893, -0.0127), black=(0.0, 0.4078))
val_evaluator = dict(fitted=fitted)
_base_.test_evaluator[0].fitted = fitted
test_evaluator = _base_.test_evaluator
