"""Hooks of the runner. One hook a file."""

from mmsar.engine.hooks.atomic_checkpoint import AtomicCheckpointHook
from mmsar.engine.hooks.check_classes import CheckClassesHook
from mmsar.engine.hooks.check_normalisation import CheckNormalisationHook
from mmsar.engine.hooks.check_weights import CheckWeightsHook
from mmsar.engine.hooks.draw_samples import DrawSamplesHook
from mmsar.engine.hooks.finite_loss import FiniteLossHook
from mmsar.engine.hooks.mean_loss import MeanLossHook
from mmsar.engine.hooks.migration import MigrationHook
from mmsar.engine.hooks.picture import DetectionPictureHook
from mmsar.engine.hooks.prompt_cache import PromptCacheHook
from mmsar.engine.hooks.reconstruction import ReconstructionHook
from mmsar.engine.hooks.save_adapters import SaveAdaptersHook
from mmsar.engine.hooks.seed import SeedHook
from mmsar.engine.hooks.sync_buffers import SyncBuffersHook
from mmsar.engine.hooks.training_state import TrainingStateHook

__all__ = [
    'AtomicCheckpointHook',
    'CheckClassesHook',
    'CheckNormalisationHook',
    'CheckWeightsHook',
    'DetectionPictureHook',
    'DrawSamplesHook',
    'FiniteLossHook',
    'MeanLossHook',
    'MigrationHook',
    'PromptCacheHook',
    'ReconstructionHook',
    'SaveAdaptersHook',
    'SeedHook',
    'SyncBuffersHook',
    'TrainingStateHook',
]
