"""Training and prediction of networks that restore radar images, on mmagic's editor."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmagic.models.base_models import BaseEditModel
from mmagic.registry import MODELS
from mmagic.structures import DataSample
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.io import Tiling
from mmsar.models.restoration.tiling import restore_tiled, self_ensemble
from mmsar.simulation.bicubic import bicubic_tensor

_TEST_KEYS = {'tile', 'overlap', 'ensemble'}


class RadarRestorer(BaseEditModel):
    """A restoration network with its losses, for values of any range.

    Differences from mmagic's ``BaseEditModel``: results are float32 in the range of the network and
    not cut to 8 bits; what was filled up at the input is taken off the output ``scale`` times;
    several losses are added; large images go through the network by tiles that are blended; the
    eight flips and turns of an image can be averaged.

    Args:
        generator: Config of the network: :class:`mmsar.SSNet`, or one of mmagic (``EDSRNet``,
            ``SwinIRNet``, ``SRCNNNet``, ``Restormer``, ``NAFNet``).
        pixel_loss: Config of a loss, or of several: each is called with prediction and truth
            (N, C, H, W), and their values are added. Their weights are their own
            ``loss_weight``.
        scale: How many times larger the output is.
        enlarge_input: Enlarge the input by a bicubic filter first, for networks that keep the size
            (Restormer, NAFNet).
        value_range: Cut predictions to this, as the truth is. Default: do not.
        train_cfg: Not used.
        test_cfg: ``tile``, rows and columns of a tile in pixels of the input (default: the whole
            image), ``overlap`` of tiles (default: a quarter), ``ensemble`` (default: False).
        init_cfg: As in mmengine.
        data_preprocessor: Default: :class:`mmsar.RestorationPreprocessor`.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        generator: Any,
        pixel_loss: Any,
        scale: int,
        enlarge_input: bool = False,
        value_range: tuple[float, float] | None = None,
        train_cfg: Any = None,
        test_cfg: Mapping[str, Any] | None = None,
        init_cfg: Any = None,
        data_preprocessor: Any = None,
    ) -> None:
        losses = [pixel_loss] if isinstance(pixel_loss, Mapping) else list(pixel_loss or [])
        if not losses:
            raise ConfigError('RadarRestorer: pixel_loss is empty; give the config of a loss')
        super().__init__(
            generator,
            dict(losses[0]),
            train_cfg=train_cfg,
            test_cfg=dict(test_cfg or {}),
            init_cfg=init_cfg,
            data_preprocessor=data_preprocessor or {'type': 'mmsar.RestorationPreprocessor'},
        )
        # Several, and each by its name.
        first = self.pixel_loss
        del self.pixel_loss
        self.losses = nn.ModuleDict()
        for loss in (first, *(MODELS.build(dict(settings)) for settings in losses[1:])):
            self.losses[_unused_name(loss, self.losses)] = loss
        if not (isinstance(scale, int) and scale > 0):
            raise ConfigError(
                f'RadarRestorer: scale={scale!r}; it must be a whole number above zero'
            )
        inner = getattr(self.generator, 'scale', None)
        if isinstance(inner, int) and inner != (1 if enlarge_input else scale):
            raise ConfigError(
                f'RadarRestorer: scale={scale}, but model.generator.scale={inner}; they must agree'
                + (' (with enlarge_input the network keeps the size: 1)' if enlarge_input else '')
            )
        unknown = set(self.test_cfg) - _TEST_KEYS
        if unknown:
            raise ConfigError(
                f'RadarRestorer: test_cfg has no {min(unknown)!r}; it has '
                f'{", ".join(sorted(_TEST_KEYS))}'
            )
        self.scale = scale
        self.enlarge_input = enlarge_input
        self.value_range = value_range
        self.tiling()

    def tiling(self) -> Tiling | None:
        """Return how images are taken apart, None for not at all."""
        tile = self.test_cfg.get('tile')
        if not tile:
            return None
        return Tiling(tile, self.test_cfg.get('overlap', tile // 4)).require(tile // 2)

    def forward_tensor(self, inputs: Tensor, data_samples: Any = None, **kwargs: Any) -> Tensor:
        """Return what the network makes of images.

        Args:
            inputs: (N, C, H, W).
            data_samples: Not looked at.
            **kwargs: For the network.

        Returns:
            (N, C', scale * H, scale * W).

        Raises:
            ConfigError: The network's output has another size.
        """
        height, width = inputs.shape[-2:]
        if self.enlarge_input:
            inputs = bicubic_tensor(inputs, (self.scale * height, self.scale * width))
        result = self.generator(inputs, **kwargs)
        if result.shape[-2:] != (self.scale * height, self.scale * width):
            raise ConfigError(
                f'{type(self.generator).__name__} makes {tuple(result.shape[-2:])} of images of '
                f'{height} x {width} where scale={self.scale}: set its own scale (scale, '
                'upscale_factor or upscale in model.generator), or model.enlarge_input=True if '
                'it keeps the size, or model.data_preprocessor.pad_size_divisor'
            )
        return result

    def forward_train(
        self, inputs: Tensor, data_samples: Sequence[Any] | None = None, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Return the losses by name (``loss_l1``, ...); mmengine adds them up."""
        truth = self._truth(data_samples)
        pred = self.forward_tensor(inputs, data_samples, **kwargs)
        if pred.shape != truth.shape:
            raise DataError(
                f'the network makes {tuple(pred.shape[1:])} (channels, rows, columns) and the '
                f'truth is {tuple(truth.shape[1:])}: channels and scale of model.generator, model '
                'and the data set must agree'
            )
        return {f'loss_{name}': loss(pred, truth) for name, loss in self.losses.items()}

    def forward_inference(
        self, inputs: Tensor, data_samples: Sequence[Any] | None = None, **kwargs: Any
    ) -> list[Tensor]:
        """Return restored images, N of (C', scale * h, scale * w), without what was filled up."""
        whole = tuple(inputs.shape[-2:])
        sizes = [sample.get('input_size') or whole for sample in data_samples or []]
        sizes = sizes or [whole] * len(inputs)
        if len(set(sizes)) == 1:
            results = list(self.restore(inputs))
        else:  # what fills up the smaller ones must not count in their attention
            divisor = getattr(self.data_preprocessor, 'pad_size_divisor', 1)
            filled = ([-(-side // divisor) * divisor for side in size] for size in sizes)
            results = [
                self.restore(image[None, :, :rows, :columns])[0]
                for image, (rows, columns) in zip(inputs, filled, strict=True)
            ]
        return [
            image[:, : rows * self.scale, : columns * self.scale]
            for image, (rows, columns) in zip(results, sizes, strict=True)
        ]

    def convert_to_datasample(
        self, predictions: list[Tensor], data_samples: Any, inputs: Tensor | None
    ) -> list[Any]:
        """Return samples with ``output.pred_img`` and ``input``, float32 on the CPU."""
        samples = list(data_samples or [DataSample() for _ in predictions])
        for number, (sample, image) in enumerate(zip(samples, predictions, strict=True)):
            sample.output = DataSample(pred_img=image.float().cpu())
            if inputs is not None:
                rows, columns = sample.get('input_size') or inputs.shape[-2:]
                sample.set_field(inputs[number, :, :rows, :columns].float().cpu(), 'input')
        return samples

    @torch.no_grad()
    def restore(self, inputs: Tensor) -> Tensor:
        """Restore images as ``test_cfg`` says.

        Args:
            inputs: (N, C, H, W).

        Returns:
            (N, C', scale * H, scale * W), within ``value_range``.
        """
        tiling = self.tiling()
        if tiling is None or max(inputs.shape[-2:]) <= tiling.size:
            return self.restore_tile(inputs)
        return restore_tiled(inputs, self.restore_tile, self.scale, tiling)

    def restore_tile(self, inputs: Tensor) -> Tensor:
        """Restore images at once; see :meth:`restore`."""
        ensemble = self.test_cfg.get('ensemble')
        result = (
            self_ensemble(inputs, self.forward_tensor) if ensemble else self.forward_tensor(inputs)
        )
        return result if self.value_range is None else result.clamp(*self.value_range)

    def _truth(self, data_samples: Sequence[Any] | None) -> Tensor:
        images = [sample.get('gt_img') for sample in data_samples or []]
        if not images or any(image is None for image in images):
            raise DataError(
                "there is nothing to train with: the samples have no truth; load key 'gt' in the "
                "pipeline and end it with dict(type='PackInputs')"
            )
        return torch.stack([image.float() for image in images])


def _unused_name(loss: nn.Module, names: Any) -> str:
    """Return the name of a loss's class, ``L1Loss`` as ``l1``."""
    words = re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', type(loss).__name__.removesuffix('Loss'))
    base = words.lower() or 'pixel'
    name, number = base, 2
    while name in names:
        name, number = f'{base}_{number}', number + 1
    return name
