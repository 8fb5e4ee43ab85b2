# Migration has no host toolbox, and nothing is trained.
custom_imports = dict(imports=['mmsar'])
default_scope = 'mmsar'
randomness = dict(seed=0)

# tools/migrate.py fills in the folders; tools/test.py wants them here:
# content, style, out.
test_cfg = dict(
    type='mmsar.MigrationLoop',
    batch_size=8,
    # From values to [0, 1], one rule for contents and references, and back.
    # It must keep values proportional: no decibels.
    stretch=dict(rule='8bit'),
    load=dict(),
    styles=dict(number=1, sets=8, seed=0, same_class=False),
)
test_dataloader = dict()
test_evaluator = dict()
model_wrapper_cfg = dict(type='mmsar.Replica')

# No epochs, no checkpoints.
default_hooks = dict(
    timer=None, sampler_seed=None, logger=None, param_scheduler=None, checkpoint=None
)
env_cfg = dict(dist_cfg=dict(backend='nccl'))
