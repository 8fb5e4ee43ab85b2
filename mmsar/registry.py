"""Registry nodes of mmsar, children of mmengine's.

A config reaches a component by its scope, ``type='mmsar.SeededDataset'``. The first look-up
imports the package named in ``locations``.
"""

from mmengine.registry import DATA_SAMPLERS as MMENGINE_DATA_SAMPLERS
from mmengine.registry import DATASETS as MMENGINE_DATASETS
from mmengine.registry import HOOKS as MMENGINE_HOOKS
from mmengine.registry import LOOPS as MMENGINE_LOOPS
from mmengine.registry import METRICS as MMENGINE_METRICS
from mmengine.registry import MODELS as MMENGINE_MODELS
from mmengine.registry import TASK_UTILS as MMENGINE_TASK_UTILS
from mmengine.registry import TRANSFORMS as MMENGINE_TRANSFORMS
from mmengine.registry import Registry

# Data sets and the wrapper that makes their random draws repeatable
DATASETS = Registry(
    'dataset', parent=MMENGINE_DATASETS, scope='mmsar', locations=['mmsar.datasets']
)
# Samplers and batch samplers
DATA_SAMPLERS = Registry(
    'data sampler',
    parent=MMENGINE_DATA_SAMPLERS,
    scope='mmsar',
    locations=['mmsar.datasets.samplers'],
)
# Hooks of the runner
HOOKS = Registry('hook', parent=MMENGINE_HOOKS, scope='mmsar', locations=['mmsar.engine.hooks'])
# Train loops
LOOPS = Registry('loop', parent=MMENGINE_LOOPS, scope='mmsar', locations=['mmsar.engine.loops'])
# Networks and parts of them
MODELS = Registry(
    'model',
    parent=MMENGINE_MODELS,
    scope='mmsar',
    locations=[
        'mmsar.models.data_preprocessors',
        'mmsar.models.dense_heads',
        'mmsar.models.losses',
        'mmsar.models.matching',
    ],
)
# Metrics
METRICS = Registry('metric', parent=MMENGINE_METRICS, scope='mmsar', locations=['mmsar.evaluation'])
# Assigners, samplers and the like within a detector
TASK_UTILS = Registry(
    'task util',
    parent=MMENGINE_TASK_UTILS,
    scope='mmsar',
    locations=['mmsar.models.task_modules'],
)
# Steps of a data pipeline
TRANSFORMS = Registry(
    'transform',
    parent=MMENGINE_TRANSFORMS,
    scope='mmsar',
    locations=['mmsar.datasets.transforms'],
)
