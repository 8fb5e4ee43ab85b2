"""Between the values of a raster and those of a restoration network."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor

from mmsar.apis.config import part_dataloader
from mmsar.datasets.transforms import LoadSARImage, Stretch, StretchSAR
from mmsar.errors import ConfigError
from mmsar.io import Raster, RasterMeta, TileReader, Window, convert_domain
from mmsar.registry import TRANSFORMS


class RestorationInput:
    """What the test pipeline of a config does to the values of an image, and back.

    Args:
        config: Its ``file_pipeline``, or else its test pipeline, must have ``mmsar.LoadSARImage``
            and ``mmsar.StretchSAR``. The former is for configs whose pairs do not come from files.

    Raises:
        ConfigError: It has not.
    """

    def __init__(self, config: Config) -> None:
        steps = config.get('file_pipeline')
        if steps is None:
            steps = part_dataloader(config, 'test').dataset.get('pipeline', [])
        self.loader = _step(steps, 'LoadSARImage')
        self.stretcher = _step(steps, 'StretchSAR')
        if not (isinstance(self.loader, LoadSARImage) and isinstance(self.stretcher, StretchSAR)):
            raise ConfigError(
                'file_pipeline and the test pipeline have no mmsar.LoadSARImage, or no '
                'mmsar.StretchSAR: they do not say what the values of the network mean'
            )
        if self.loader.domain_out == 'complex':
            self.loader.domain_out = None  # pairs are made of it; networks see amplitudes
        self.one_band = self.loader.channels == 1

    def open(self, raster: Raster) -> 'OpenInput':
        """Prepare an open raster."""
        return OpenInput(self, raster)

    def bands_of(self, raster: Raster) -> list[Sequence[int | str] | None]:
        """Return which bands go through the network together: each alone if it takes one."""
        if self.loader.bands is not None or not self.one_band or raster.meta.shape[2] == 1:
            return [self.loader.bands]
        return [[number] for number in range(raster.meta.shape[2])]


class OpenInput:
    """An open raster as a network sees it.

    Args:
        settings: Of the network.
        raster: See there; it is not closed.

    Attributes:
        bands: Number of bands of what comes out.
        meta: Description of values that :meth:`invert` returns; its shape is that of the input.
    """

    def __init__(self, settings: RestorationInput, raster: Raster) -> None:
        self.raster = raster
        self.settings = settings
        self.groups = settings.bands_of(raster)
        self.readers = [TileReader(raster, group) for group in self.groups]
        self.stretches: list[Stretch] = []
        self.bands = 0
        names: tuple[str, ...] = ()
        for group in self.groups:
            array, meta = raster.read((0, 0, 1, 1), group)
            self.stretches.append(self._stretch(array, meta, group))
            self.bands += array.shape[2]
            names += meta.polarisations
        _, loaded = settings.loader.convert(array, meta, raster.path)
        self.loaded_domain = loaded.domain
        wanted = settings.loader.domain_in or raster.meta.domain
        self.domain = 'amplitude' if wanted == 'complex' else wanted
        self.meta = replace(raster.meta, domain=self.domain, polarisations=names)

    def read(self, row: int, column: int, rows: int, columns: int) -> Tensor:
        """Return a part as the network's input: (groups of bands, channels, rows, columns)."""
        return torch.cat([self._read(n, (row, column, rows, columns)) for n in range(self.count)])

    @property
    def count(self) -> int:
        """Number of images that go through the network for one of the raster."""
        return len(self.groups)

    def missing(self, row: int, rows: int) -> NDArray[np.bool_] | None:
        """Return which pixels of some rows have no data, (rows, columns, bands), None if none."""
        window = (row, 0, rows, self.raster.meta.shape[1])
        parts = (self.raster.read(window, group) for group in self.groups)
        without = np.concatenate([meta.missing(array) for array, meta in parts], axis=2)
        return without if without.any() else None

    def invert(self, images: Tensor) -> NDArray[np.float32]:
        """Return values in the units of the file.

        Args:
            images: What the network makes, (groups of bands, channels, rows, columns).

        Returns:
            (rows, columns, bands).
        """
        parts = []
        for image, stretch in zip(images.float().cpu(), self.stretches, strict=True):
            values = image.permute(1, 2, 0).numpy()
            if len(self.groups) > 1 or self.bands == 1:
                values = values.mean(axis=2, keepdims=True)
            values = stretch.invert(values)
            if None not in (self.domain, self.loaded_domain) and self.domain != self.loaded_domain:
                values = convert_domain(values, str(self.loaded_domain), str(self.domain))
            parts.append(values)
        return np.concatenate(parts, axis=2).astype(np.float32, copy=False)

    def _read(self, number: int, window: tuple[int, int, int, int]) -> Tensor:
        reader = self.readers[number]
        array = reader.read(Window(*window))
        meta = self.raster.meta.for_part(window[0], window[1], reader.numbers)
        without = meta.missing(array)
        if without.any():  # as dark as can be, whatever number stands for it
            array = np.where(without, np.nan, array).astype(array.dtype)
        array, _ = self.settings.loader.convert(array, meta, self.raster.path)
        values = self.stretches[number].apply(array)
        return torch.from_numpy(values).permute(2, 0, 1)[None].contiguous()

    def _stretch(
        self, array: NDArray[Any], meta: RasterMeta, group: Sequence[int | str] | None
    ) -> Stretch:
        """Return the map of values of the whole raster."""
        loader, stretcher = self.settings.loader, self.settings.stretcher
        results: dict[str, Any] = {f'{stretcher.key}_path': str(self.raster.path)}
        key = stretcher.key
        if stretcher.levels:
            found = loader.percentiles(self.raster, group, stretcher.levels)
            results[f'{key}_percentiles'] = found
        array, meta = loader.convert(array, meta, self.raster.path)
        results |= {key: array, f'{key}_raster': meta}
        return stretcher.transform(results)[f'{key}_stretch']


def _step(steps: Sequence[Any], name: str) -> Any:
    """Build the step of a pipeline that is for the input, or else the one for the truth."""
    found = [dict(step) for step in steps if str(step['type']).split('.')[-1] == name]
    found.sort(key=lambda step: step.get('key', 'img') != 'img')
    return TRANSFORMS.build(found[0]) if found else None


def require_inputs(paths: Sequence[Path]) -> list[Path]:
    """Return the images that are named, those of folders one by one.

    Raises:
        ConfigError: One does not exist, or a folder has no images.
    """
    from mmsar.datasets.raster_files import raster_files

    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ConfigError(f'{path} does not exist')
        inside = raster_files(path) if path.is_dir() else [path]
        if not inside:
            raise ConfigError(f'{path} has no images')
        files += inside
    return files
