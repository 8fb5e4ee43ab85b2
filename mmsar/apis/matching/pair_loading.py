"""Loading pairs for a network by the test pipeline of its config."""

import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from mmengine.config import Config

from mmsar.datasets.percentiles import sampling_step
from mmsar.errors import ConfigError
from mmsar.io import open_raster

_CHOOSE_PARTS = ('PairCrop',)  # steps that choose a part of an image
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

    def load_whole(self, chip: str | os.PathLike[str], image: str | os.PathLike[str]) -> Any:
        """Load two images of different sizes, both whole.

        Raises:
            ConfigError: The pipeline resizes them.
        """
        steps = [step for step in self._steps if type(step).__name__ not in _CHOOSE_PARTS]
        item = self._run(chip, image, steps, sizes_may_differ=True)
        for view, path in (('sar', chip), ('optical', image)):
            with open_raster(path) as raster:
                height, width, _ = raster.meta.shape
            rows, columns = item['inputs'][view].shape[1:]
            if (rows, columns) != (height, width):
                raise ConfigError(
                    f'the test pipeline of the config makes {columns} x {rows} pixels of the '
                    f'{width} x {height} of {path}; to locate, images must keep their scale: '
                    'remove the step that resizes them'
                )
        return item

    def _run(self, sar: Any, optical: Any, steps: Iterable[Any], **more: Any) -> Any:
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
