"""What the tools and a Python user call."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmsar.apis.config import load_config
from mmsar.apis.launch import build_runner

if TYPE_CHECKING:
    from mmsar.apis.matching.pair_matcher import PairMatcher
    from mmsar.apis.recognition.classifier import ChipClassifier
    from mmsar.apis.recognition.feature_extractor import FeatureExtractor
    from mmsar.apis.restoration.super_resolver import SuperResolver
    from mmsar.apis.scenes.detector import SceneDetector

__all__ = [
    'ChipClassifier',
    'FeatureExtractor',
    'PairMatcher',
    'SceneDetector',
    'SuperResolver',
    'build_runner',
    'load_config',
]

_LATER = {
    'ChipClassifier': 'recognition.classifier',
    'FeatureExtractor': 'recognition.feature_extractor',
    'PairMatcher': 'matching.pair_matcher',
    'SceneDetector': 'scenes.detector',
    'SuperResolver': 'restoration.super_resolver',
}


def __getattr__(name: str) -> Any:
    """Import what most tools do not need when it is asked for: it takes a second."""
    if name in _LATER:
        return getattr(import_module(f'mmsar.apis.{_LATER[name]}'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
