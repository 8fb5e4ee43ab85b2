# Classification, hosted by mmpretrain.
_base_ = './default_runtime.py'

default_scope = 'mmpretrain'
visualizer = dict(
    type='UniversalVisualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')]
)
