# Detection, hosted by mmdet.
_base_ = './default_runtime.py'

default_scope = 'mmdet'
default_hooks = dict(picture=dict(type='mmsar.DetectionPictureHook', draw=True, interval=10))
custom_hooks = [dict(type='mmdet.NumClassCheckHook')]
# For TensorBoard add dict(type='TensorboardVisBackend') to vis_backends.
visualizer = dict(
    type='DetLocalVisualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')]
)
