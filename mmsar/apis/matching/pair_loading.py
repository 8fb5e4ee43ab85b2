"""Loading pairs for a network by the test pipeline of its config."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from mmengine.config import Config

from mmsar.datasets.percentiles import sampling_step
from mmsar.datasets.transforms import LoadSARImage, StretchSAR
from mmsar.errors import ConfigError
from mmsar.io import Raster, TileReader, Window, open_raster

_CHOOSE_PARTS = ('PairCrop',)  # steps that choose a part of an image
_LARGE = 'optical'  # the image that parts are taken of
_CLIPPED = 0.95  # share of values at one end of the range from which an image shows nothing


class PairLoader:
    """The test pipeline of a config.

    Args:
        config: With ``test_dataloader``.

    Raises:
        ConfigError: It has none.
    """

    def __init__(self, config: Config) -> None:
        from mmengine.dataset import Compose

        node: Any = (config.get('test_dataloader') or {}).get('dataset') or {}
        while 'pipeline' not in node and 'dataset' in node:
            node = node['dataset']
        if 'pipeline' not in node:
            raise ConfigError('the config has no test_dataloader.dataset.pipeline to load with')
        self._steps = Compose(node['pipeline']).transforms

    def load(self, sar: str | os.PathLike[str], optical: str | os.PathLike[str]) -> Any:
        """Load a pair as in a test of the network: ``inputs`` and ``data_samples``.

        Warns of an image whose values lie outside the range that the pipeline stretches.

        Raises:
            DataError: The images differ in size, or one cannot be read.
        """
        return self._run(sar, optical, self._steps)

    def open(self, chip: str | os.PathLike[str], image: Raster) -> 'ChipAndImage':
        """Prepare a radar chip and a larger optical image, of which parts are wanted."""
        steps = [step for step in self._steps if type(step).__name__ not in _CHOOSE_PARTS]
        return ChipAndImage(partial(self._run, chip, image.path), steps, chip, image)

    @staticmethod
    def _run(sar: Any, optical: Any, steps: Iterable[Any], **more: Any) -> Any:
        # The label is not known, but a data set has one.
        results: Any = {'sar_path': str(sar), 'optical_path': str(optical), 'label': 0, **more}
        for view in ('sar', 'optical'):
            results |= {f'{view}_id': 0, f'{view}_group': None}
        for step in steps:
            results = step(results)
            # The other rules fit any image that they take.
            if type(step).__name__ == 'StretchSAR' and step.rule in ('db', 'fixed'):
                _warn_if_clipped(results, step)
        return results


class ChipAndImage:
    """A radar chip, and an open optical image of which parts go through a test pipeline.

    Percentiles that ``StretchSAR`` asks for are those of the whole image.

    Args:
        run: Runs steps, with what they are given beside the paths.
        steps: Of the pipeline.
        chip: File.
        image: It is not closed.

    Raises:
        ConfigError: The pipeline does not load an optical image by ``mmsar.LoadSARImage``.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        steps: Sequence[Any],
        chip: str | os.PathLike[str],
        image: Raster,
    ) -> None:
        loads = [n for n, s in enumerate(steps) if isinstance(s, LoadSARImage) and s.key == _LARGE]
        if len(loads) != 1:
            raise ConfigError(
                'the test pipeline of the config must load the optical image once, by '
                "dict(type='mmsar.LoadSARImage', key='optical')"
            )
        self._run, self._steps, self._place = run, list(steps), loads[0]
        self._loader: LoadSARImage = steps[loads[0]]
        self._reader = TileReader(image, self._loader.bands)
        self.chip, self.image = chip, image
        with open_raster(chip) as raster:
            self._chip_shape = tuple(raster.meta.shape[:2])
        self._given: dict[str, Any] = {'sizes_may_differ': True}
        for step in steps:
            if isinstance(step, StretchSAR) and step.key == _LARGE and step.levels:
                found = self._loader.percentiles(image, self._loader.bands, step.levels)
                self._given[f'{_LARGE}_percentiles'] = found

    def load(self, window: Window) -> Any:
        """Load the chip and a part of the image: ``inputs`` and ``data_samples``.

        Raises:
            ConfigError: The pipeline resizes them.
        """

        def take(results: dict[str, Any]) -> dict[str, Any]:
            array = self._reader.read(window)
            meta = self.image.meta.for_part(window.row, window.column, self._reader.numbers)
            return self._loader.take(results, array, meta)

        place = self._place
        steps = [*self._steps[:place], take, *self._steps[place + 1 :]]
        item = self._run(steps, **self._given)
        for view, path, wanted in (
            ('sar', self.chip, self._chip_shape),
            (_LARGE, self.image.path, (window.height, window.width)),
        ):
            rows, columns = item['inputs'][view].shape[1:]
            if (rows, columns) != wanted:
                raise ConfigError(
                    f'the test pipeline of the config makes {columns} x {rows} pixels of the '
                    f'{wanted[1]} x {wanted[0]} of {path}; to locate, images must keep their '
                    'scale: remove the step that resizes them'
                )
        return item


def _warn_if_clipped(results: dict[str, Any], stretch: Any) -> None:
    """Warn if nearly all values of an image were outside the range that was stretched."""
    image = results[stretch.key]
    step = sampling_step(*image.shape[:2])
    low, high = stretch.out
    ends = {'below': low, 'above': high}
    for side, end in ends.items():
        near = np.abs(image[::step, ::step] - end) <= 1e-4 * (high - low)
        share = float(near.mean())
        if share > _CLIPPED:
            kind = getattr(results.get(f'{stretch.key}_raster'), 'dtype', 'of unknown type')
            warnings.warn(
                f'{results[f"{stretch.key}_path"]}: {share:.0%} of its values ({kind}) are {side} '
                f'the range of {stretch} in the test pipeline of the config, so the network sees '
                'next to nothing of it. Give an image with values like those it was trained on '
                '(16-bit amplitude, not an 8-bit copy, say), or correct rule, low and high there',
                stacklevel=2,
            )


def batches(items: Iterable[Any], batch_size: int) -> Iterator[dict[str, Any]]:
    """Yield batches as a data loader of mmengine does; images of other sizes begin a new one."""
    batch: list[Any] = []
    sizes = None
    for item in items:
        shapes = [tuple(item['inputs'][view].shape) for view in ('sar', 'optical')]
        if batch and (shapes != sizes or len(batch) == batch_size):
            yield collate(batch)
            batch = []
        batch.append(item)
        sizes = shapes
    if batch:
        yield collate(batch)


def collate(items: list[Any]) -> dict[str, Any]:
    """Return a batch of pairs."""
    return {
        'inputs': {view: [i['inputs'][view] for i in items] for view in ('sar', 'optical')},
        'data_samples': [item['data_samples'] for item in items],
    }
