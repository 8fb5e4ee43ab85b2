"""Loading chips for a network by the test pipeline of its config."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta

PathLike = str | os.PathLike[str]


class ChipLoader:
    """The test pipeline of a config.

    Args:
        config: With ``test_dataloader``.
        fields: What the pipeline wants to know of a chip beside its path, such as
            ``dict(data_set='mstar')`` for :class:`mmsar.CentreCropOrPad` with ``sets``.

    Raises:
        ConfigError: It has none, or it does not begin with :class:`mmsar.LoadSARImage`.
    """

    def __init__(self, config: Config, fields: Mapping[str, Any] | None = None) -> None:
        from mmengine.dataset import Compose

        self._steps = Compose(test_pipeline(config)).transforms
        self._fields = dict(fields or {})

    def load(self, image: PathLike | NDArray[Any]) -> Any:
        """Load a file, or take an array, as in a test of the network.

        Args:
            image: File; or (H, W) or (H, W, C), as values of a file: not normalised, complex or
                real.

        Returns:
            ``inputs`` and ``data_samples``.

        Raises:
            DataError: It cannot be read, or is no image.
        """
        # The label is not known, but steps may pass it on.
        results: Any = {**self._fields, 'sample_idx': 0}
        steps = self._steps
        if isinstance(image, np.ndarray):
            if image.ndim not in (2, 3) or not image.size:
                raise DataError(
                    f'an array of shape {image.shape} is no image; give (H, W) or (H, W, C)'
                )
            array = image[..., None] if image.ndim == 2 else image
            domain = 'complex' if np.iscomplexobj(array) else None
            meta = RasterMeta(tuple(map(int, array.shape)), str(image.dtype), domain)  # type: ignore[arg-type]
            if not np.iscomplexobj(array):
                array = array.astype(np.float32)
            results['img_path'] = 'the array'
            results, steps = steps[0].take(results, array, meta), steps[1:]
        else:
            results['img_path'] = os.fspath(image)
        for step in steps:
            results = step(results)
        return results


def test_pipeline(config: Config) -> list[dict[str, Any]]:
    """Return the settings of the pipeline by which a config tests.

    Raises:
        ConfigError: It has none, or it does not begin with :class:`mmsar.LoadSARImage`.
    """
    node: Any = (config.get('test_dataloader') or {}).get('dataset') or {}
    while 'pipeline' not in node and 'dataset' in node:
        node = node['dataset']
    steps = list(node.get('pipeline') or [])
    if not steps or str(steps[0].get('type')).rpartition('.')[2] != 'LoadSARImage':
        raise ConfigError(
            'the config has no test_dataloader.dataset.pipeline that begins with '
            'mmsar.LoadSARImage; give one of a classifier, such as '
            'configs/saratrx/hivit-slim_linear_1xb25-coslr-30e_mstar-soc10.py'
        )
    return steps


def batches(items: Iterable[Any], batch_size: int) -> Iterator[dict[str, Any]]:
    """Yield batches as a data loader of mmengine does; chips of another size begin a new one."""
    batch: list[Any] = []
    for item in items:
        full = len(batch) == batch_size
        if batch and (full or item['inputs'].shape != batch[0]['inputs'].shape):
            yield _collate(batch)
            batch = []
        batch.append(item)
    if batch:
        yield _collate(batch)


def _collate(items: list[Any]) -> dict[str, Any]:
    return {key: [item[key] for item in items] for key in ('inputs', 'data_samples')}
