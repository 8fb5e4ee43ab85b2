# Training of networks that translate chips of one sensor to another; tools/migrate.py runs them.
_base_ = './default_runtime.py'

default_scope = 'mmsar'
default_hooks = dict(
    # Image pools go on where they were.
    training_state=dict(type='mmsar.TrainingStateHook'),
    checkpoint=dict(interval=10, max_keep_ckpts=1),
)
visualizer = dict(type='Visualizer', name='visualizer', vis_backends=[dict(type='LocalVisBackend')])
# The migration: test_cfg of the data set. tools/migrate.py fills in its folders.
test_dataloader = dict()
test_evaluator = dict()
