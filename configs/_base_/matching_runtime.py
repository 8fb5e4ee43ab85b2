# Runs of networks that compare optical and SAR images; they have no host toolbox.
_base_ = './default_runtime.py'

default_scope = 'mmsar'
visualizer = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
