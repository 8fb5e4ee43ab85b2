"""Registry nodes of mmsar, children of mmengine's.

A config reaches a component by its scope, ``type='mmsar.SeededDataset'``. The first look-up
imports the package named in ``locations``.
"""

from mmengine import registry
from mmengine.registry import Registry

# Data sets and the wrapper that makes their random draws repeatable
DATASETS = Registry(
    'dataset', parent=registry.DATASETS, scope='mmsar', locations=['mmsar.datasets']
)
# Samplers and batch samplers
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=registry.DATA_SAMPLERS,
    scope='mmsar',
    locations=['mmsar.datasets.samplers'],
)
# Hooks of the runner
HOOKS = Registry('hook', parent=registry.HOOKS, scope='mmsar', locations=['mmsar.engine.hooks'])
# Train loops
LOOPS = Registry('loop', parent=registry.LOOPS, scope='mmsar', locations=['mmsar.engine.loops'])
# Networks and parts of them
MODELS = Registry(
    'model',
    parent=registry.MODELS,
    scope='mmsar',
    locations=[
        'mmsar.models.backbones',
        'mmsar.models.classifiers',
        'mmsar.models.data_preprocessors',
        'mmsar.models.dense_heads',
        'mmsar.models.generation',
        'mmsar.models.losses',
        'mmsar.models.matching',
        'mmsar.models.restoration',
        'mmsar.models.selfsup',
    ],
)
# Metrics
METRICS = Registry('metric', parent=registry.METRICS, scope='mmsar', locations=['mmsar.evaluation'])
# How parameters are handed to an optimizer
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    'optimizer wrapper constructor',
    parent=registry.OPTIM_WRAPPER_CONSTRUCTORS,
    scope='mmsar',
    locations=['mmsar.engine.optimizers'],
)
# Assigners, samplers and the like within a detector
TASK_UTILS = Registry(
    'task util',
    parent=registry.TASK_UTILS,
    scope='mmsar',
    locations=['mmsar.models.task_modules'],
)
# Steps of a data pipeline
TRANSFORMS = Registry(
    'transform',
    parent=registry.TRANSFORMS,
    scope='mmsar',
    locations=['mmsar.datasets.transforms'],
)

# Nothing of ours is in these, but with default_scope='mmsar' mmengine warns where a scope has no
# node.
EMPTY = [
    Registry(parent.name, parent=parent, scope='mmsar')
    for parent in (
        registry.EVALUATOR,
        registry.LOG_PROCESSORS,
        registry.MODEL_WRAPPERS,
        registry.OPTIMIZERS,
        registry.OPTIM_WRAPPERS,
        registry.PARAM_SCHEDULERS,
        registry.RUNNERS,
        registry.VISBACKENDS,
        registry.VISUALIZERS,
        registry.WEIGHT_INITIALIZERS,
    )
]
