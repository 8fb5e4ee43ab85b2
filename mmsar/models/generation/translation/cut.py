"""Contrastive unpaired translation."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.models.generation.translation.optimising import frozen, minimise
from mmsar.models.generation.translation.patch_heads import PatchHeads, draw_places
from mmsar.models.generation.translation.translator import Translator, require_training_step
from mmsar.models.losses.patch_nce import patch_nce
from mmsar.registry import MODELS


@MODELS.register_module()
class CUT(Translator, BaseModel):
    """One generator, which keeps each place of an image recognisable among the others.

    The discriminator asks for images like those of the new sensor (least squares). The contrastive
    loss compares features of the generator's own encoder, of the image and of what it becomes,
    place by place (:func:`mmsar.models.losses.patch_nce.patch_nce`); for images of the new sensor,
    too, which are to stay what they are.

    Source: Contrastive Learning for Unpaired Image-to-Image Translation, arXiv 2007.15651, and
    its published code. The mean is taken over layers; over the contrastive losses of both sensors,
    too, where ``identity`` is on.

    Args:
        generator: Config of the network, with ``features`` and ``layer_channels`` as
            :class:`CUTGenerator`.
        discriminator: Config of the network.
        layers: Numbers of the encoder's layers that are compared, rising.
        patches: Places of each layer.
        head_channels: Of the vectors that are compared.
        temperature: See the loss.
        nce_weight: Of the contrastive loss.
        gan_weight: Of the discriminator's opinion.
        identity: Images of the new sensor pass the generator too.
        data_preprocessor: Default: :class:`mmsar.TwoSensorsPreprocessor`.
        init_cfg: As in mmengine. Default: Xavier's normal distribution times 0.02, as published.

    Raises:
        ConfigError: A layer is not in the encoder, or a number is out of range.
    """

    def __init__(
        self,
        generator: Mapping[str, Any],
        discriminator: Mapping[str, Any],
        layers: Sequence[int] = (0, 4, 8, 12, 16),
        patches: int = 256,
        head_channels: int = 256,
        temperature: float = 0.07,
        nce_weight: float = 1.0,
        gan_weight: float = 1.0,
        identity: bool = True,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmsar.TwoSensorsPreprocessor'}, init_cfg)
        self.generator: Any = MODELS.build(dict(generator))
        self.discriminator: nn.Module = MODELS.build(dict(discriminator))
        self.divisor = self.generator.divisor
        self.layers = tuple(layers)
        last = self.generator.encoder_end - 1
        if not self.layers or list(self.layers) != sorted({*self.layers} & {*range(last + 1)}):
            raise ConfigError(
                f'CUT: layers={list(layers)}; give rising numbers from 0 to {last}, the last '
                'residual block of model.generator'
            )
        if patches < 2 or temperature <= 0 or min(nce_weight, gan_weight) < 0:
            raise ConfigError(
                f'CUT: patches={patches}, temperature={temperature}, nce_weight={nce_weight}, '
                f'gan_weight={gan_weight}; from 2 patches, a temperature above 0, weights from 0'
            )
        self.heads = PatchHeads(
            [self.generator.layer_channels[layer] for layer in self.layers], head_channels
        )
        self.patches, self.temperature, self.identity = patches, temperature, identity
        self.nce_weight, self.gan_weight = nce_weight, gan_weight

    def init_weights(self) -> None:
        """Draw the weights as the published code does, or as ``init_cfg`` says."""
        if self.init_cfg is not None:
            super().init_weights()
            return
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_normal_(module.weight, gain=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Migrate ``content`` to ``style``; see :meth:`migrate`."""
        require_training_step(mode)
        return self.migrate(inputs['content'], inputs['style'])

    def translate(self, images: Tensor) -> Tensor:
        """Return images of the new sensor; see :class:`Translator`."""
        return self.generator(images)

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Tensor]:
        """Make a step of the discriminator, then one of generator and heads; return the losses."""
        inputs = self.data_preprocessor(data, True)['inputs']
        content, style = inputs['img_content'], inputs['img_style']
        made = self.generator(torch.cat([content, style]) if self.identity else content)
        fake, same = made[: len(content)], made[len(content) :]

        losses = {'loss_d': self.discriminator_loss(fake.detach(), style)}
        minimise(losses['loss_d'], optim_wrapper['discriminator'])
        with frozen(self.discriminator):
            of_generator = self.generator_losses(content, style, fake, same)
            total = torch.stack(list(of_generator.values())).sum()
            minimise(total, optim_wrapper['generator'], optim_wrapper['heads'])
        losses |= of_generator
        return {name: loss.detach() for name, loss in {'loss': total, **losses}.items()}

    def discriminator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return half of the squared distances of scores from 0 and 1, for fake and real images."""
        wrong = self.discriminator(fake).square().mean()
        return (wrong + (self.discriminator(real) - 1).square().mean()) / 2

    def generator_losses(
        self, content: Tensor, style: Tensor, fake: Tensor, same: Tensor
    ) -> dict[str, Tensor]:
        """Return the weighted losses of generator and heads, by name.

        Args:
            content: Images of the old sensor, (N, 1, H, W), in [-1, 1].
            style: Of the new one.
            fake: What the generator made of ``content``.
            same: What it made of ``style``; not looked at without ``identity``.
        """
        gan = self.gan_weight * (self.discriminator(fake) - 1).square().mean()
        share = self.nce_weight / (1 + self.identity)
        losses = {'loss_gan': gan, 'loss_nce': share * self.contrast(content, fake, 'content')}
        if self.identity:
            losses['loss_identity'] = share * self.contrast(style, same, 'style')
        return losses

    def contrast(self, before: Tensor, after: Tensor, name: str) -> Tensor:
        """Return the mean contrastive loss of all layers, patches and images.

        Args:
            before: What went into the generator, (N, 1, H, W).
            after: What came out.
            name: Of the draw of places.
        """
        # Keys have no gradient.
        with torch.no_grad():
            keys = self.generator.features(before, self.layers)
            places = [
                draw_places(values[0, 0].numel(), self.patches, f'{name} {layer}')
                for layer, values in zip(self.layers, keys, strict=True)
            ]
            known = self.heads(keys, places)
        asked = self.heads(self.generator.features(after, self.layers), places)
        of_layers = [
            patch_nce(query, key, self.temperature).mean()
            for query, key in zip(asked, known, strict=True)
        ]
        return torch.stack(of_layers).mean()
