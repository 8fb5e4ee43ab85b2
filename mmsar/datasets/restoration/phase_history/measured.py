"""Measured phase histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.datasets.restoration.phase_history.recording import Recording, Source, radar_of
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster


@dataclass(frozen=True)
class Measured(Source):
    """Phase histories of your own, one a file.

    Attributes:
        files: MAT, NPY or NPZ files of complex values (frequencies, angles), both ascending.
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
        radar_of(self.radar)

    def keys(self) -> list[str]:
        """Return the files."""
        return [str(file) for file in self.files]

    def record(self, number: int) -> Recording:
        """Read a file."""
        values = _read(str(self.files[number]), self.name)
        if self.transposed:
            values = values.T
        sizes = {'frequencies': values.shape[0], 'angles': values.shape[1]}
        return Recording(values, values, radar_of({**sizes, **self.radar}))


@dataclass(frozen=True)
class Aircraft(Source):
    """The model aircraft on a turntable of github.com/OscarWenGang/CV-CNN-enhanced-radar-imaging.

    Measured at 215.2 to 228 GHz over 3.375 degrees: 500 x 300 samples, 1.2 cm of resolution (MIT
    licence).

    Attributes:
        folder: With ``Experiment_data_airplane.mat``.
    """

    folder: str = 'data/isar_aircraft'

    def keys(self) -> list[str]:
        """Return its name."""
        return ['aircraft']

    def record(self, number: int) -> Recording:
        """Read it."""
        radar = {'centre_frequency': 221.6e9, 'bandwidth': 12.8e9, 'aperture': 3.375}
        file = Path(self.folder) / 'Experiment_data_airplane.mat'
        if not file.is_file():
            raise DataError(
                f'{file} does not exist; download it from github.com/OscarWenGang/'
                'CV-CNN-enhanced-radar-imaging (airplane/), and set folder of source to where it is'
            )
        return Measured([str(file)], radar, 'Sig').record(0)


@lru_cache(maxsize=4)
def _read(path: str, name: str | None) -> NDArray[Any]:
    values, _ = read_raster(Path(path), name=name)
    if not np.iscomplexobj(values) or values.shape[2] != 1:
        raise DataError(
            f'{path} is no phase history: it holds {values.dtype} of shape {values.shape}; complex '
            'values (frequencies, angles) are needed. Images are read by mmsar.ISARPairs'
        )
    if not np.isfinite(values).all():
        raise DataError(f'{path}: some samples are no numbers; replace them, with zeros say')
    return values[..., 0]
