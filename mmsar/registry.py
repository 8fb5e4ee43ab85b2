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
# What writes a folder of images before a training (see mmsar.engine.migration.ContentJob)
JOBS = Registry('job', scope='mmsar', locations=['mmsar.engine.generation'])
# Loops of the runner
LOOPS = Registry('loop', parent=registry.LOOPS, scope='mmsar', locations=['mmsar.engine.loops'])
# Wrappers of models for several processes
MODEL_WRAPPERS = Registry(
    'model_wrapper',
    parent=registry.MODEL_WRAPPERS,
    scope='mmsar',
    locations=['mmsar.engine.wrappers'],
)
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
        'mmsar.models.detectors',
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
        registry.OPTIMIZERS,
        registry.OPTIM_WRAPPERS,
        registry.PARAM_SCHEDULERS,
        registry.RUNNERS,
        registry.VISBACKENDS,
        registry.VISUALIZERS,
        registry.WEIGHT_INITIALIZERS,
    )
]
