"""Pairs of ISAR images at two resolutions, made of phase history."""

import os
from collections.abc import Mapping
from math import lcm
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from numpy.typing import NDArray

from mmsar.datasets.restoration.pair_cache import PairCache
from mmsar.datasets.restoration.phase_history import (
    Aircraft,
    Measured,
    Recording,
    build_source,
)
from mmsar.errors import ConfigError
from mmsar.io import RasterMeta
from mmsar.registry import DATASETS
from mmsar.simulation.isar import SceneSpectrum, form_image, polar_spectrum, range_doppler_spectrum
from mmsar.simulation.isar.benchmark import PIXELS, SAMPLES, WINDOW
from mmsar.simulation.isar.imaging import LEVELS
from mmsar.simulation.spectrum import WINDOWS

METHODS = ('polar', 'range-doppler')
TRUTHS = ('clean', 'received')


@DATASETS.register_module()
class PhaseHistoryPairs(BaseDataset):
    """Images of the whole phase history, and of its central part, at a lower resolution.

    That part is what a radar of less bandwidth and a shorter aperture would have received: the same
    scene, noise and pixel centres. Pairs are simulated when they are asked for, each from its
    number alone: the same with any number of workers, in each epoch and after an interruption. Or
    they are kept in files (``cache_dir``), or are those of a measurement.

    **Values.** Both images are amplitudes over the largest amplitude of the image at low
    resolution, which is known where a network is used: so ``StretchSAR(rule='db', low=-48,
    high=2)`` for both is one rule. Points have the same amplitude in both, areas of speckle are
    brighter at low resolution (``level='energy'``: the other way round).

    A sample before the pipeline has ``gt`` (scale * H, scale * W, 1) and ``img`` (H, W, 1),
    float32, ``gt_raster`` and ``img_raster``, ``scale``, ``key``, ``img_reference``, the amplitude
    that was divided by; ``sinc`` (and its raster) if wanted; ``points``, rows and columns in
    ``gt``, of scenes of points. Rows are range, columns cross-range.

    Args:
        source: ``dict(kind=...)`` and its arguments: ``spacecraft``, ``benchmark``, ``two-points``,
            ``measured`` or ``aircraft``; see :mod:`mmsar.datasets.restoration.phase_history`.
        scale: 2, 3 or 4; any whole number that the samples allow.
        imaging: ``polar`` or ``range-doppler``, which blurs what is far from the centre.
        samples: Of the spectrum at high resolution, in both directions. Default: the benchmark's
            120 for what is simulated; as many as there are of measurements.
        pixels: Rows and columns of ``gt``. Default: the benchmark's 144; 1.2 times the samples of
            measurements.
        window: Of both images: ``none``, ``hamming`` or ``taylor``.
        level: ``peak`` or ``energy``: what low resolution keeps.
        truth: ``clean``: ``gt`` is without noise and residual motion; ``received``: with both.
        taps: Neighbours that polar format interpolates from.
        sinc: Add the image at low resolution with zeros around its complex spectrum, which is what
            classical processing makes of it.
        cache_dir: Folder to keep pairs in. Settings have folders of their own. Default: do not.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        source: Mapping[str, Any],
        scale: int = 4,
        imaging: str = 'polar',
        samples: int | None = None,
        pixels: int | None = None,
        window: str = WINDOW,
        level: str = 'peak',
        truth: str = 'clean',
        taps: int = 12,
        sinc: bool = False,
        cache_dir: str | os.PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None:
        for name, value, choices in (
            ('imaging', imaging, METHODS),
            ('window', window, WINDOWS),
            ('level', level, LEVELS),
            ('truth', truth, TRUTHS),
        ):
            if value not in choices:
                raise ConfigError(
                    f'PhaseHistoryPairs: {name}={value!r}; choose one of {", ".join(choices)}'
                )
        if not (isinstance(scale, int) and scale > 0):
            raise ConfigError(
                f'PhaseHistoryPairs: scale={scale!r}; it must be a whole number above zero'
            )
        self.source = build_source(source)
        simulated = not isinstance(self.source, Measured | Aircraft)
        self.samples = samples or (SAMPLES if simulated else None)
        self.pixels = pixels or (PIXELS if simulated else None)
        if self.pixels and (self.pixels % scale or self.pixels < (self.samples or 0)):
            raise ConfigError(
                f'PhaseHistoryPairs: pixels={self.pixels} must be a multiple of scale={scale} and '
                f'at least samples={self.samples}'
            )
        self.scale = scale
        self.imaging, self.window, self.level, self.truth = imaging, window, level, truth
        self.taps = taps
        self.sinc = sinc
        settings = (self.source, scale, imaging, self.samples, self.pixels, window, level, truth)
        self.cache = PairCache(Path(cache_dir), (*settings, taps, sinc)) if cache_dir else None
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the pairs (called by mmengine)."""
        return [
            {'key': key, 'number': number, 'scale': self.scale, 'gt_path': key, 'img_path': key}
            for number, key in enumerate(self.source.keys())
        ]

    def prepare_data(self, idx: int) -> Any:
        """Make a pair and send it through the pipeline (called by mmengine)."""
        info = self.get_data_info(idx)
        number = info['number']
        arrays = self.cache.get(number, self.make) if self.cache else self.make(number)
        return self.pipeline(info | self._described(arrays))

    def make(self, number: int) -> dict[str, NDArray[Any]]:
        """Make the images of a pair.

        Returns:
            ``gt``, ``img``, ``sinc`` if wanted: (rows, columns), float32; ``reference``: (),
            ``spacing``: (2,), of the pixels of ``gt`` in metres; ``points``: (P, 2), in pixels.
        """
        recording = self.source.record(number)
        received = self._spectrum(recording, recording.received)
        clean = self.truth == 'clean' and recording.clean is not recording.received
        whole = self._spectrum(recording, recording.clean) if clean else received
        size = self._size(whole)
        part = received.central(self.scale)
        low_size = (size[0] // self.scale, size[1] // self.scale)
        images = {'gt': (whole, size), 'img': (part, low_size)}
        if self.sinc:
            images['sinc'] = (part, size)
        made = {
            name: np.abs(form_image(spectrum, pixels, self.window, self.level))
            for name, (spectrum, pixels) in images.items()
        }
        reference = made['img'].max() or np.float32(1)
        arrays = {name: (image / reference).astype(np.float32) for name, image in made.items()}
        spacing = np.array(whole.extent) / size
        arrays |= {'reference': np.float32(reference), 'spacing': spacing}
        if recording.points is not None:
            arrays['points'] = recording.points / spacing + (np.array(size) - 1) / 2
        return arrays

    def _spectrum(self, recording: Recording, history: NDArray[Any]) -> SceneSpectrum:
        size = (self.samples, self.samples) if self.samples else None
        if self.imaging == 'polar':
            spectrum = polar_spectrum(history, recording.radar, size, self.taps)
        else:
            spectrum = range_doppler_spectrum(history, recording.radar)
            if self.samples:
                spectrum = spectrum.trimmed(self.samples)
        # Low resolution leaves as many samples on either side.
        return spectrum.trimmed(self.scale * (1 if self.scale % 2 else 2))

    def _size(self, spectrum: SceneSpectrum) -> tuple[int, int]:
        if self.pixels:
            return self.pixels, self.pixels
        step = lcm(self.scale, 4)
        rows, columns = (-(-int(1.2 * n) // step) * step for n in spectrum.values.shape)
        return rows, columns

    def _described(self, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
        sample: dict[str, Any] = {'img_reference': float(arrays['reference'])}
        fine = arrays['spacing']
        for key in ('gt', 'img', 'sinc'):
            if key not in arrays:
                continue
            image = arrays[key][..., None]
            row, column = (float(step) for step in fine * (self.scale if key == 'img' else 1))
            sample[key] = image
            sample[f'{key}_raster'] = RasterMeta(
                image.shape, 'float32', 'amplitude', pixel_spacing=(row, column)
            )
            sample[f'ori_{key}_shape'] = image.shape
            sample[f'{key}_channel_order'] = 'rgb'
            sample[f'{key}_color_type'] = 'unchanged'
        if 'points' in arrays:
            sample['points'] = arrays['points']
        return sample
