"""Chips of two sensors side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import Compose
from torch import Tensor

from mmsar.datasets.recognition.chips import SARChips
from mmsar.errors import ConfigError
from mmsar.registry import TRANSFORMS

Pipeline = Sequence[Mapping[str, Any]]


class TwoSensors:
    """Two sets of chips, read by one pipeline.

    A sample has ``inputs``, with ``img_content`` and ``img_style`` (1, H, W), float32; and
    ``labels`` where ``labelled`` is on, the numbers of their classes, ``content`` and ``style``.

    Args:
        content: Arguments of :class:`mmsar.SARChips` but ``pipeline`` and ``labelled``: chips of
            the old sensor.
        style: Likewise, of the new one.
        pipeline: From a file to an image in [0, 1], without chance: it is done once for each chip
            if ``keep`` is on.
        augment: Steps with chance, behind it.
        labelled: Read classes; both sets number them alike.
        keep: Hold the images in memory, 16 KiB for one of 64 x 64 pixels. Each worker of the data
            loader has its own.

    Raises:
        ConfigError: An argument is not open to choice.
        DataError: A folder has no chips, or classes differ.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        style: Mapping[str, Any],
        pipeline: Pipeline,
        augment: Pipeline = (),
        labelled: bool = False,
        keep: bool = False,
    ) -> None:
        for name, settings in (('content', content), ('style', style)):
            taken = {'pipeline', 'labelled', 'type'} & set(settings)
            if taken:
                raise ConfigError(
                    f'{type(self).__name__}: {name}.{min(taken)} is not open to choice: set it '
                    'beside content and style, if at all'
                )
        self.labelled, self.keep = labelled, keep
        self.content = self._chips(content, pipeline)
        classes = {'classes': self.content.metainfo['classes']} if labelled else {}
        given = dict(style.get('metainfo') or {})
        self.style = self._chips({**style, 'metainfo': {**classes, **given}}, pipeline)
        self.augment = Compose([TRANSFORMS.build(dict(step)) for step in augment])
        self.metainfo: dict[str, Any] = dict(classes)
        self._kept: dict[tuple[str, int], dict[str, Any]] = {}

    def full_init(self) -> None:
        """Do nothing: the chips were found before."""

    def __len__(self) -> int:
        """Return the size of the larger set, as the published code has it."""
        return max(len(self.content), len(self.style))

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return a sample."""
        raise NotImplementedError

    def get_cat_ids(self, index: int) -> list[int]:
        """Return the class of the chip of the old sensor (class-balancing samplers ask)."""
        return self.content.get_cat_ids(index % len(self.content))

    def _chips(self, settings: Mapping[str, Any], pipeline: Pipeline) -> SARChips:
        steps = [dict(step) for step in pipeline]
        return SARChips(**{'labelled': self.labelled, 'pipeline': steps, **settings})

    def _read(self, name: str, index: int) -> dict[str, Any]:
        """Return what the pipeline makes of a chip of ``content`` or ``style``."""
        if (name, index) in self._kept:
            return dict(self._kept[name, index])
        chips: SARChips = getattr(self, name)
        found = chips[index]
        if self.keep:
            self._kept[name, index] = dict(found)
        return found

    def _sample(self, content: Mapping[str, Any], style: Mapping[str, Any]) -> dict[str, Any]:
        """Pack two images behind their augmentation."""
        both = {'content': content, 'style': style}
        inputs = {f'img_{name}': _to_tensor(found['img']) for name, found in both.items()}
        if not self.labelled:
            return {'inputs': inputs}
        return {
            'inputs': inputs,
            'labels': {name: int(found['gt_label']) for name, found in both.items()},
        }


def _to_tensor(image: Any) -> Tensor:
    """Return an image (H, W, C) or (H, W) as a tensor (C, H, W) of its own."""
    array = np.asarray(image, np.float32)
    array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    return torch.from_numpy(array.copy())
