"""SARATR-X: masked pre-training on SAR images."""

from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models.selfsup import BaseSelfSupervisor
from torch import Tensor

from mmsar.errors import ConfigError, DataError
from mmsar.models.backbones.hivit_layers import pick
from mmsar.models.selfsup.masking import Masks, draw_masks
from mmsar.models.selfsup.units import from_units, normalise_units, restore_units, to_units


class SARATRX(BaseSelfSupervisor):
    """Masked auto-encoder that predicts features of the image where it is hidden.

    Source: Li et al., SARATR-X: Toward Building a Foundation Model for SAR Target Recognition, IEEE
    Transactions on Image Processing 34, 2025, doi 10.1109/TIP.2025.3531988. The encoder sees the
    visible units only; the decoder predicts the target of all, and those that were hidden count.

    Args:
        backbone: Config of :class:`mmsar.HiViT`.
        neck: Config of the decoder, :class:`mmsar.HiViTMAEDecoder`.
        target_generator: Config of what makes the target from the images, such as
            :class:`mmsar.GradientFeatures`: a module with an attribute ``stride`` that maps
            (N, C, H, W) to (N, M, H / stride, W / stride).
        mask_ratio: Share of hidden units.
        norm_pix_loss: Give the target of each unit mean 0 and variance 1, over all its values. The
            published recipe does not.
        data_preprocessor: As in mmpretrain; it must map the images to 0 to 1.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: ``mask_ratio`` is not between 0 and 1.
    """

    def __init__(
        self,
        backbone: Any,
        neck: Any,
        target_generator: Any,
        mask_ratio: float = 0.75,
        norm_pix_loss: bool = False,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        if isinstance(data_preprocessor, dict):
            # By its whole name: the default scope may be another.
            data_preprocessor = {'type': 'mmpretrain.SelfSupDataPreprocessor', **data_preprocessor}
        super().__init__(
            backbone,
            neck,
            target_generator=target_generator,
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        if not 0 < mask_ratio < 1:
            raise ConfigError(f'SARATRX: mask_ratio={mask_ratio}; it must be between 0 and 1')
        self.mask_ratio = mask_ratio
        self.norm_pix_loss = norm_pix_loss

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Hide units of images and predict them.

        Args:
            inputs: (N, C, H, W), in 0 to 1; H and W are multiples of the unit.
            data_samples: Not looked at.
            mode: ``loss`` or ``tensor``.

        Returns:
            ``loss``: a dict with ``loss``. ``tensor``: a dict with

            - ``latent`` (N, K, D): the visible units, in the order of their draws;
            - ``pred`` and ``target`` (N, L, T): units row after row; a unit's values map after map
              (scale after scale), each row after row;
            - ``mask`` (N, L): 1 where a unit was hidden, 0 where it was visible.

        Raises:
            DataError: The images do not consist of whole units.
            ConfigError: Prediction and target differ in width, or the mode is another.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode != 'tensor':
            raise ConfigError(f"SARATRX: mode={mode!r}; it must be 'loss' or 'tensor'")
        return self.reconstruct(inputs)

    def loss(self, inputs: Tensor, data_samples: Any = None) -> dict[str, Tensor]:
        """Return the mean squared error of the hidden units, ``dict(loss=...)``."""
        masks = self._draw(inputs)
        pred = self.neck(self.backbone(inputs, masks.keep), masks.restore, masks.hidden)
        target = self._target_of(pred, inputs)
        return {'loss': F.mse_loss(pred.float(), pick(target, masks.hidden))}

    def reconstruct(self, inputs: Tensor) -> dict[str, Tensor]:
        """Return latent, prediction, mask and target; see :meth:`forward`."""
        masks = self._draw(inputs)
        latent = self.backbone(inputs, masks.keep)
        pred = self.neck(latent, masks.restore)
        target = self._target_of(pred, inputs)
        return {'latent': latent, 'pred': pred, 'mask': masks.mask, 'target': target}

    @torch.no_grad()
    def predicted_maps(self, inputs: Tensor, masks: Masks) -> tuple[Tensor, Tensor]:
        """Return the maps that are predicted, and the true ones.

        Where the loss is of normalised units, predicted units get the mean and variance of the
        true ones.

        Args:
            inputs: See :meth:`forward`.
            masks: Which units are hidden.

        Returns:
            Two (N, M, H / stride, W / stride), float32, as the target generator makes them.
        """
        side = self.backbone.patch_size
        grid = (inputs.shape[-2] // side, inputs.shape[-1] // side)
        true = self.target_generator(inputs)
        size = side // self.target_generator.stride
        units = self.neck(self.backbone(inputs, masks.keep), masks.restore).float()
        if self.norm_pix_loss:
            units = restore_units(units, to_units(true, size))
        return from_units(units, size, grid), true

    @torch.no_grad()
    def target(self, inputs: Tensor) -> Tensor:
        """Return what is to be predicted, (N, L, T), float32."""
        maps = self.target_generator(inputs)
        units = to_units(maps, self.backbone.patch_size // self.target_generator.stride)
        return normalise_units(units) if self.norm_pix_loss else units

    def _draw(self, inputs: Tensor) -> Masks:
        side = self.backbone.patch_size
        height, width = inputs.shape[-2:]
        if height % side or width % side:
            raise DataError(
                f'SARATRX gets images of {height} x {width} pixels, which are no whole units of '
                f'{side}; crop them to backbone.img_size in the pipeline'
            )
        units = (height // side) * (width // side)
        if int(units * (1 - self.mask_ratio)) == 0:
            raise ConfigError(
                f'SARATRX: mask_ratio={self.mask_ratio} leaves none of {units} units visible; '
                'choose a lower one, or larger images'
            )
        return draw_masks(len(inputs), units, self.mask_ratio, inputs.device, self.training)

    def _target_of(self, pred: Tensor, inputs: Tensor) -> Tensor:
        target = self.target(inputs)
        if pred.shape[2] != target.shape[2]:
            raise ConfigError(
                f'SARATRX: the target has {target.shape[2]} values in a unit, the decoder predicts '
                f'{pred.shape[2]}; set model.neck.out_dims={target.shape[2]}'
            )
        return target
