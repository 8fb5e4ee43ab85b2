"""The parts of a model that become ONNX graphs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.models.backbones import HiViT


@dataclass(frozen=True, eq=False)
class Graph:
    """A part of a model with tensors in and out.

    Attributes:
        suffix: Of its file: ``''``, or ``'_roi'`` for the second stage of a detector.
        module: Its ``forward`` takes a tensor and returns a tuple of tensors.
        inputs: Examples for the check, of three sizes; of one, where there are no ``axes``.
        axes: Dimensions of the input that may differ, with their names.
        outputs: Names.
    """

    suffix: str
    module: nn.Module
    inputs: tuple[Tensor, ...]
    axes: dict[int, str]
    outputs: tuple[str, ...]


class _Dense(nn.Module):
    """A detector from the normalised image to the maps of its head, before boxes and NMS."""

    def __init__(self, model: Any, head: nn.Module) -> None:
        super().__init__()
        self.model, self.head = model, head

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        features = self.model.extract_feat(image)
        maps = self.head(features)
        # The second stage of a detector wants the maps of features, too.
        more = tuple(features) if hasattr(self.model, 'roi_head') else ()
        return (*_flat(maps), *more)


class _RoI(nn.Module):
    """The second stage of a detector, from features of regions to scores and shifts of boxes."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> tuple[Tensor, ...]:
        return _flat(self.head(features))


class _Restorer(nn.Module):
    """A restoration network."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return (self.model.forward_tensor(image),)


def graphs_of(model: Any, size: int, channels: int = 3) -> list[Graph]:
    """Return what to export of a model.

    Args:
        model: A detector of mmdet with one or two stages, or :class:`mmsar.RadarRestorer`.
        size: Rows and columns of the example that is traced, a multiple of 32 for detectors. Those
            with :class:`mmsar.HiViT` take images of this size only, one at a time.
        channels: Of images.

    Raises:
        ConfigError: It is another model.
    """
    image_axes = {0: 'batch', 2: 'rows', 3: 'columns'}
    sizes = ((size, size), (size, size + 64), (size + 32, size // 2 // 32 * 32 or 32))
    generator = torch.Generator().manual_seed(0)

    def examples(*shapes: Sequence[int]) -> tuple[Tensor, ...]:
        return tuple(torch.randn(*shape, generator=generator) for shape in shapes)

    images = examples(*((1, channels, *side) for side in sizes))
    if hasattr(model, 'restore_tile'):
        images = tuple(image.abs().clamp(0, 1) for image in images)
        return [Graph('', _Restorer(model), images, image_axes, ('image',))]
    head = getattr(model, 'rpn_head', None) or getattr(model, 'bbox_head', None)
    if head is None or not hasattr(model, 'extract_feat'):
        raise ConfigError(
            f'{type(model).__name__} has neither bbox_head nor rpn_head; exported are detectors of '
            'one or two stages, and mmsar.RadarRestorer'
        )
    dense = _Dense(model, head)
    if isinstance(getattr(model, 'backbone', None), HiViT):
        images, image_axes = examples(*[(1, channels, size, size)] * 3), {}
    found = [Graph('', dense, images, image_axes, _names(dense, images[0]))]
    if hasattr(model, 'roi_head'):
        side = model.roi_head.bbox_roi_extractor.roi_layers[0].output_size
        width = model.roi_head.bbox_roi_extractor.out_channels
        regions = examples(*((count, width, *side) for count in (7, 1, 50)))
        stage = _RoI(model.roi_head.bbox_head)
        found.append(Graph('_roi', stage, regions, {0: 'regions'}, ('cls_score', 'bbox_pred')))
    return found


@torch.no_grad()
def _names(dense: _Dense, image: Tensor) -> tuple[str, ...]:
    """Return names of the maps, ``cls_score_0`` or ``map_0_0``, and of the features."""
    maps = dense.head(dense.model.extract_feat(image))
    groups = (
        ('cls_score', 'bbox_pred')
        if len(maps) == 2
        else tuple(f'map_{number}' for number in range(len(maps)))
    )
    names = []
    for group, levels in zip(groups, maps, strict=True):
        count = 1 if isinstance(levels, Tensor) else len(levels)
        names += [f'{group}_{level}' for level in range(count)]
    more = len(dense(image)) - len(names)
    return (*names, *(f'feature_{level}' for level in range(more)))


def _flat(node: Any) -> tuple[Tensor, ...]:
    """Return the tensors of nested tuples and lists."""
    if isinstance(node, Tensor):
        return (node,)
    return tuple(tensor for item in node for tensor in _flat(item))
