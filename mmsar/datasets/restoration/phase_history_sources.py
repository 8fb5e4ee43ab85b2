"""Where phase history comes from: simulation by the benchmark's rules, points, or a measurement."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.simulation.isar import (
    ISARRadar,
    add_noise,
    draw_view,
    move,
    phase_history,
    residual_motion,
)
from mmsar.simulation.isar.benchmark import (
    RADAR,
    benchmark_pairs,
    benchmark_spacecraft,
    benchmark_view,
    random_spacecraft,
    stream,
)

Noise = float | Sequence[float] | None


@dataclass(frozen=True)
class Recording:
    """A phase history.

    Attributes:
        received: (frequencies, angles), complex.
        clean: Without noise and residual motion; the same array where nobody knows.
        radar: What was sampled.
        points: (P, 2), range and cross-range of single points in metres, for scenes of them.
    """

    received: NDArray[Any]
    clean: NDArray[Any]
    radar: ISARRadar
    points: NDArray[np.float64] | None = None


class Source(ABC):
    """A list of phase histories, each of which depends on its number alone."""

    @abstractmethod
    def keys(self) -> list[str]:
        """Return a name for each."""

    @abstractmethod
    def record(self, number: int) -> Recording:
        """Return one."""


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
        _radar(self.radar, RADAR)

    def keys(self) -> list[str]:
        """Return a name for each view."""
        return [f'{self.part}{self.seed}_{number:06d}' for number in range(self.pairs)]

    def record(self, number: int) -> Recording:
        """Simulate a view."""
        target = random_spacecraft(self.part, number % self.spacecraft, self.seed)
        generator = stream(self.part, 'view', number, self.seed)
        radar = _radar(self.radar, RADAR)
        clean = phase_history(*target.seen_from(draw_view(generator)), radar, np.complex64)
        limits = (self.quadratic, self.cubic, self.jitter)
        received = clean
        if any(limits):
            share = generator.uniform((-1, -1, 0), 1) * limits
            received = move(clean, radar, residual_motion(radar, *share, generator))
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
        return [f'sep{s:.2f}_{number:03d}' for s in self.separations for number in range(self.pairs)]

    def record(self, number: int) -> Recording:
        """Simulate two points."""
        separation = self.separations[number // self.pairs]
        generator = stream('two points', str(separation), number % self.pairs, self.seed)
        direction = np.array([(1, 0), (0, 1), (0.5**0.5, 0.5**0.5), (0.5**0.5, -(0.5**0.5))])
        cells = np.array(RADAR.resolution) * 1.1  # polar format loses some
        half = direction[number % 4] * separation * cells / 2
        middle = generator.uniform(-15, 15, 2) * cells
        points = np.stack([middle - half, middle + half])
        amplitudes = np.exp(2j * np.pi * generator.random(2))
        clean = phase_history(points[:, 0], points[:, 1], amplitudes, RADAR, np.complex64)
        return Recording(_noisy(clean, self.snr_db, generator), clean, RADAR, points)


@dataclass(frozen=True)
class Measured(Source):
    """Measured phase histories, one a file.

    Attributes:
        files: MAT, NPY or NPZ files of complex values (frequencies, angles).
        radar: Arguments of :class:`mmsar.simulation.isar.ISARRadar` that the file does not say:
            ``centre_frequency``, ``bandwidth`` and ``aperture``.
        name: Variable of a MAT or NPZ file that holds several.
        transposed: The files have angles first.
    """

    files: Sequence[str] = ()
    radar: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    transposed: bool = False

    def __post_init__(self) -> None:
        if not self.files or isinstance(self.files, str):
            raise ConfigError(f'measured: files={self.files!r}; give a list of files')
        missing = {'centre_frequency', 'bandwidth', 'aperture'} - set(self.radar)
        if missing:
            raise ConfigError(
                f'measured: radar has no {min(missing)}; give centre_frequency and bandwidth in '
                'hertz and aperture in degrees'
            )

    def keys(self) -> list[str]:
        """Return the files."""
        return [str(file) for file in self.files]

    def record(self, number: int) -> Recording:
        """Read a file."""
        values = _read(str(self.files[number]), self.name)
        if self.transposed:
            values = values.T
        sizes = {'frequencies': values.shape[0], 'angles': values.shape[1]}
        return Recording(values, values, _radar({**sizes, **self.radar}, None))


SOURCES: dict[str, type[Source]] = {
    'spacecraft': RandomSpacecraft,
    'benchmark': Benchmark,
    'two-points': TwoPoints,
    'measured': Measured,
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
    try:
        return SOURCES[kind](**arguments)
    except TypeError as error:
        fields = ', '.join(getattr(SOURCES[kind], '__dataclass_fields__', {}))
        raise ConfigError(f'source of kind {kind}: {error}; it takes {fields or "nothing"}') from None


@lru_cache(maxsize=4)
def _read(path: str, name: str | None) -> NDArray[Any]:
    from mmsar.io import read_raster

    values, _ = read_raster(Path(path), name=name)
    if not np.iscomplexobj(values) or values.shape[2] != 1:
        raise DataError(
            f'{path} is no phase history: it holds {values.dtype} of shape {values.shape}; complex '
            'values (frequencies, angles) are needed. Images are read by mmsar.ISARPairs'
        )
    if not np.isfinite(values).all():
        raise DataError(f'{path}: some samples are no numbers; replace them, with zeros say')
    return values[..., 0]


def _radar(settings: Mapping[str, Any] | None, default: ISARRadar | None) -> ISARRadar:
    if not settings:
        if default is None:
            raise ConfigError('radar is empty')
        return default
    try:
        return ISARRadar(**settings)
    except TypeError as error:
        raise ConfigError(
            f'radar: {error}; it takes {", ".join(ISARRadar.__dataclass_fields__)}'
        ) from None


def _require_noise(snr_db: Noise, kind: str) -> None:
    values = snr_db if isinstance(snr_db, Sequence) else [0.0 if snr_db is None else snr_db] * 2
    if len(values) != 2 or not values[0] <= values[1]:
        raise ConfigError(f'{kind}: snr_db={snr_db!r}; give decibels, (low, high) or None')


def _noisy(history: NDArray[Any], snr_db: Noise, generator: np.random.Generator) -> NDArray[Any]:
    if snr_db is None:
        return history
    level = generator.uniform(*snr_db) if isinstance(snr_db, Sequence) else snr_db
    return add_noise(history, level, generator)
