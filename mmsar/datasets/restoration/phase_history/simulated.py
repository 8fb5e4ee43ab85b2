"""Simulated phase histories: spacecraft, the benchmark, and pairs of points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.restoration.phase_history.recording import Recording, Source, radar_of
from mmsar.errors import ConfigError
from mmsar.simulation.isar import (
    ISARRadar,
    add_noise,
    draw_view,
    move,
    phase_history,
    polar_spectrum,
    residual_motion,
)
from mmsar.simulation.isar.benchmark import (
    RADAR,
    SAMPLES,
    benchmark_pairs,
    benchmark_spacecraft,
    benchmark_view,
    random_spacecraft,
    stream,
)

Noise = float | Sequence[float] | None


@dataclass(frozen=True)
class RandomSpacecraft(Source):
    """Spacecraft drawn at random, each from one view.

    Attributes:
        part: ``train`` or ``val``; they have no spacecraft in common, nor with the benchmark.
        pairs: Number of views in all.
        spacecraft: Number of spacecraft.
        seed: Of the set.
        snr_db: Of a sample of the phase history; ``(low, high)`` draws one for each view; None: no
            noise.
        quadratic: Residual motion, see :func:`mmsar.simulation.isar.residual_motion`: each view
            has a random share of it, of either sign.
        cubic: Likewise.
        jitter: Likewise, a random share.
        radar: Arguments of :class:`mmsar.simulation.isar.ISARRadar`. Default: the benchmark's.
    """

    part: str = 'train'
    pairs: int = 20_000
    spacecraft: int = 1000
    seed: int = 0
    snr_db: Noise = (5.0, 25.0)
    quadratic: float = 0.0
    cubic: float = 0.0
    jitter: float = 0.0
    radar: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.part not in ('train', 'val'):
            raise ConfigError(f"spacecraft: part={self.part!r}; choose 'train' or 'val'")
        if min(self.pairs, self.spacecraft) < 1:
            raise ConfigError(
                f'spacecraft: pairs={self.pairs}, spacecraft={self.spacecraft}; give one at least'
            )
        _require_noise(self.snr_db, 'spacecraft')
        self.require_radar()

    def require_radar(self) -> ISARRadar:
        """Return the radar, or refuse its arguments."""
        return radar_of(self.radar) if self.radar else RADAR

    def keys(self) -> list[str]:
        """Return a name for each view."""
        return [f'{self.part}{self.seed}_{number:06d}' for number in range(self.pairs)]

    def record(self, number: int) -> Recording:
        """Simulate a view."""
        target = random_spacecraft(self.part, number % self.spacecraft, self.seed)
        generator = stream(self.part, 'view', number, self.seed)
        radar = self.require_radar()
        clean = phase_history(*target.seen_from(draw_view(generator)), radar, np.complex64)
        received = clean
        if self.quadratic or self.cubic or self.jitter:
            a, b, c = generator.uniform((-1, -1, 0), 1) * (self.quadratic, self.cubic, self.jitter)
            received = move(clean, radar, residual_motion(radar, a, b, c, generator))
        return Recording(_noisy(received, self.snr_db, generator), clean, radar)


@dataclass(frozen=True)
class Benchmark(Source):
    """The 400 pairs of :mod:`mmsar.simulation.isar.benchmark`."""

    def keys(self) -> list[str]:
        """Return names of spacecraft, view and noise."""
        return [f'{name}_view{view:02d}_snr{snr:g}' for name, view, snr in benchmark_pairs()]

    def record(self, number: int) -> Recording:
        """Simulate a pair."""
        name, view, snr = benchmark_pairs()[number]
        seen = benchmark_spacecraft(name).seen_from(benchmark_view(name, view))
        clean = phase_history(*seen, RADAR, np.complex64)
        generator = stream('noise', name, view, str(snr))
        return Recording(add_noise(clean, snr, generator), clean, RADAR)


@dataclass(frozen=True)
class TwoPoints(Source):
    """Two points of equal amplitude and random phases, to see from where on they are separated.

    Attributes:
        separations: In resolution cells of the high resolution; both lie along range, along
            cross-range, or along a diagonal, in turn.
        pairs: Number for each separation.
        seed: Of place and phase.
        snr_db: As of the spacecraft.
    """

    separations: Sequence[float] = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0)
    pairs: int = 24
    seed: int = 0
    snr_db: Noise = 30.0

    def __post_init__(self) -> None:
        if self.pairs < 1 or not self.separations or min(self.separations) <= 0:
            raise ConfigError(
                f'two-points: pairs={self.pairs}, separations={tuple(self.separations)}; give one '
                'at least, above zero'
            )
        _require_noise(self.snr_db, 'two-points')

    def keys(self) -> list[str]:
        """Return names of separation and number."""
        return [
            f'sep{s:.2f}_{number:03d}' for s in self.separations for number in range(self.pairs)
        ]

    def record(self, number: int) -> Recording:
        """Simulate two points."""
        separation = self.separations[number // self.pairs]
        generator = stream('two points', str(separation), number % self.pairs, self.seed)
        direction = np.array([(1, 0), (0, 1), (0.5**0.5, 0.5**0.5), (0.5**0.5, -(0.5**0.5))])
        cells = np.array(_resolution())
        half = direction[number % 4] * separation * cells / 2
        middle = generator.uniform(-15, 15, 2) * cells
        points = np.stack([middle - half, middle + half])
        amplitudes = np.exp(2j * np.pi * generator.random(2))
        clean = phase_history(points[:, 0], points[:, 1], amplitudes, RADAR, np.complex64)
        return Recording(_noisy(clean, self.snr_db, generator), clean, RADAR, points)


def _require_noise(snr_db: Noise, kind: str) -> None:
    values = snr_db if isinstance(snr_db, Sequence) else [0.0 if snr_db is None else snr_db] * 2
    if len(values) != 2 or not values[0] <= values[1]:
        raise ConfigError(f'{kind}: snr_db={snr_db!r}; give decibels, (low, high) or None')


def _noisy(history: NDArray[Any], snr_db: Noise, generator: np.random.Generator) -> NDArray[Any]:
    if snr_db is None:
        return history
    level = snr_db
    if isinstance(level, Sequence):
        level = generator.uniform(level[0], level[1])
    return add_noise(history, level, generator)


@lru_cache(maxsize=1)
def _resolution() -> tuple[float, float]:
    """Return that of the benchmark's images: polar format leaves less than the radar has."""
    empty = np.zeros((RADAR.frequencies, RADAR.angles), np.complex64)
    return polar_spectrum(empty, RADAR, (SAMPLES, SAMPLES)).resolution
