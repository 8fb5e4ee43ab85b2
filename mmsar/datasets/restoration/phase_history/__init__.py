"""Where phase history comes from: simulation by the benchmark's rules, points, or a measurement."""

from collections.abc import Mapping
from typing import Any

from mmsar.datasets.restoration.phase_history.measured import Aircraft, Measured
from mmsar.datasets.restoration.phase_history.recording import Recording, Source
from mmsar.datasets.restoration.phase_history.simulated import (
    Benchmark,
    RandomSpacecraft,
    TwoPoints,
)
from mmsar.errors import ConfigError

__all__ = [
    'SOURCES',
    'Aircraft',
    'Benchmark',
    'Measured',
    'RandomSpacecraft',
    'Recording',
    'Source',
    'TwoPoints',
    'build_source',
]

SOURCES: dict[str, type[Source]] = {
    'spacecraft': RandomSpacecraft,
    'benchmark': Benchmark,
    'two-points': TwoPoints,
    'measured': Measured,
    'aircraft': Aircraft,
}


def build_source(settings: Mapping[str, Any]) -> Source:
    """Build a source of ``dict(kind=..., ...)``.

    Raises:
        ConfigError: There is no such kind, or it has no such argument.
    """
    arguments = dict(settings)
    kind = arguments.pop('kind', None)
    if kind not in SOURCES:
        raise ConfigError(
            f'PhaseHistoryPairs: source has kind={kind!r}; choose one of {", ".join(SOURCES)}'
        )
    fields = getattr(SOURCES[kind], '__dataclass_fields__', {})
    unknown = arguments.keys() - fields.keys()
    if unknown:
        raise ConfigError(
            f'PhaseHistoryPairs: source of kind {kind} has no {min(unknown)!r}; it takes '
            f'{", ".join(fields) or "nothing more"}'
        )
    return SOURCES[kind](**arguments)
