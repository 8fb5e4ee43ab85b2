"""What the tools and a Python user call."""

from typing import TYPE_CHECKING, Any

from mmsar.apis.config import load_config
from mmsar.apis.launch import build_runner

if TYPE_CHECKING:
    from mmsar.apis.pair_matcher import PairMatcher
    from mmsar.apis.super_resolver import SuperResolver

__all__ = ['PairMatcher', 'SuperResolver', 'build_runner', 'load_config']


def __getattr__(name: str) -> Any:
    """Import what most tools do not need when it is asked for: it takes a second."""
    if name == 'PairMatcher':
        from mmsar.apis import pair_matcher

        return pair_matcher.PairMatcher
    if name == 'SuperResolver':
        from mmsar.apis import super_resolver

        return super_resolver.SuperResolver
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
