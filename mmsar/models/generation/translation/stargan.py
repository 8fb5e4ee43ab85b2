"""Translation between the domains of labels with one generator."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor
from torch.nn import functional

from mmsar.errors import ConfigError, DataError
from mmsar.models.generation.translation.optimising import (
    current_iteration,
    frozen,
    minimise,
)
from mmsar.models.generation.translation.translator import (
    Translator,
    fill_up,
    require_training_step,
)
from mmsar.models.losses.wasserstein import gradient_penalty
from mmsar.randomness import draw_for_batch, iteration_seed
from mmsar.registry import MODELS

_CONTENT, _STYLE = 0, 1


@MODELS.register_module()
class StarGAN(Translator, BaseModel):
    """One generator for both sensors, told by a label which of them to imitate.

    A Wasserstein discriminator with gradient penalty also tells the labels of images; translated
    to another domain and back, an image is to be what it was. A batch has the chips of both
    sensors; the sensors they are translated to are those of the batch in another order.

    Source: StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image
    Translation, arXiv 1711.09020, equations 1 to 8, and its published code.

    Args:
        generator: Config of the network but for its ``labels``.
        discriminator: Likewise.
        num_classes: 0: the labels are the two sensors. Else: each sensor with each class, of data
            with labels; a chip keeps its class. In migration the class of a content is what the
            discriminator takes it for.
        penalty_weight: Of the gradient penalty.
        cycle_weight: Of the way back.
        label_weight: Of the labels.
        critic_steps: The generator has a step in every so many.
        data_preprocessor: Default: :class:`mmsar.TwoSensorsPreprocessor`.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: A number is out of range.
    """

    def __init__(
        self,
        generator: Mapping[str, Any],
        discriminator: Mapping[str, Any],
        num_classes: int = 0,
        penalty_weight: float = 10.0,
        cycle_weight: float = 10.0,
        label_weight: float = 1.0,
        critic_steps: int = 5,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmsar.TwoSensorsPreprocessor'}, init_cfg)
        if num_classes < 0 or critic_steps < 1:
            raise ConfigError(
                f'StarGAN: num_classes={num_classes}, critic_steps={critic_steps}; give a number '
                'from 0, and one from 1'
            )
        labels = 2 * max(num_classes, 1)
        self.generator: Any = MODELS.build({**generator, 'labels': labels})
        self.discriminator: Any = MODELS.build({**discriminator, 'labels': labels})
        self.divisor = self.generator.divisor
        self.num_classes, self.labels, self.critic_steps = num_classes, labels, critic_steps
        self.penalty_weight, self.cycle_weight = penalty_weight, cycle_weight
        self.label_weight = label_weight

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Migrate ``content`` to ``style``; see :meth:`migrate`."""
        require_training_step(mode)
        return self.migrate(inputs['content'], inputs['style'])

    def translate(self, images: Tensor) -> Tensor:
        """Return images of the new sensor; see :class:`Translator`."""
        kinds = torch.zeros(len(images), dtype=torch.long, device=images.device)
        if self.num_classes:
            size = self.discriminator.image_size
            filled, _, _ = fill_up(images, size)
            top, left = ((side - size) // 2 for side in filled.shape[-2:])
            middle = filled[..., top : top + size, left : left + size]
            kinds = self.discriminator(middle)[1][:, : self.num_classes].argmax(dim=1)
        return self.generator(images, self.one_hot(torch.full_like(kinds, _STYLE), kinds))

    def one_hot(self, sensors: Tensor, kinds: Tensor) -> Tensor:
        """Return labels, (N, labels), of sensors (0 for the old one) and classes, (N,) each."""
        return functional.one_hot(sensors * max(self.num_classes, 1) + kinds, self.labels).float()

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, Tensor]:
        """Make a step of the discriminator, and in every fifth one of the generator."""
        data = self.data_preprocessor(data, True)
        real, sensors, kinds = self._batch(data)
        generator = torch.Generator().manual_seed(iteration_seed('stargan targets'))
        order = torch.randperm(len(real), generator=generator).to(real.device)
        own, wanted = self.one_hot(sensors, kinds), self.one_hot(sensors[order], kinds)
        shares = draw_for_batch(lambda n, g: torch.rand(n, generator=g), len(real), 'penalty')

        with torch.no_grad():
            fake = self.generator(real, wanted)
        losses = self.discriminator_losses(real, fake, own, shares.to(real.device))
        total = torch.stack(list(losses.values())).sum()
        minimise(total, optim_wrapper['discriminator'])
        if (current_iteration() + 1) % self.critic_steps == 0:
            with frozen(self.discriminator):
                of_generator = self.generator_losses(real, own, wanted)
                second = torch.stack(list(of_generator.values())).sum()
                minimise(second, optim_wrapper['generator'])
            losses |= of_generator
            total = total.detach() + second.detach()
        return {name: loss.detach() for name, loss in {'loss': total, **losses}.items()}

    def discriminator_losses(
        self, real: Tensor, fake: Tensor, own: Tensor, shares: Tensor
    ) -> dict[str, Tensor]:
        """Return the weighted losses of the discriminator, by name.

        Args:
            real: (N, 1, H, W), in [-1, 1].
            fake: What the generator made of them; without a gradient.
            own: Labels of the real images, (N, labels).
            shares: Of the gradient penalty, see there.
        """
        scores, logits = self.discriminator(real)
        penalty = gradient_penalty(self.discriminator.score, real, fake, shares)
        return {
            'loss_d_real': -scores.mean(),
            'loss_d_fake': self.discriminator.score(fake).mean(),
            'loss_d_label': self.label_weight * functional.cross_entropy(logits, own),
            'loss_d_penalty': self.penalty_weight * penalty,
        }

    def generator_losses(self, real: Tensor, own: Tensor, wanted: Tensor) -> dict[str, Tensor]:
        """Return the weighted losses of the generator, by name.

        Args:
            real: (N, 1, H, W), in [-1, 1].
            own: Their labels, (N, labels).
            wanted: Those to translate to.
        """
        fake = self.generator(real, wanted)
        scores, logits = self.discriminator(fake)
        back = self.generator(fake, own)
        return {
            'loss_g_fake': -scores.mean(),
            'loss_g_label': self.label_weight * functional.cross_entropy(logits, wanted),
            'loss_g_cycle': self.cycle_weight * (real - back).abs().mean(),
        }

    def _batch(self, data: Mapping[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
        """Return images of both sensors, and the sensor and class of each."""
        content, style = (data['inputs'][f'img_{name}'] for name in ('content', 'style'))
        sensors = torch.tensor([_CONTENT] * len(content) + [_STYLE] * len(style))
        sensors = sensors.to(content.device)
        if not self.num_classes:
            return torch.cat([content, style]), sensors, torch.zeros_like(sensors)
        labels = data.get('labels')
        if labels is None:
            raise DataError(
                f'StarGAN: num_classes={self.num_classes} needs data with classes: set '
                'labelled=True of content and style in train_dataloader'
            )
        kinds = torch.cat([labels['content'], labels['style']])
        if int(kinds.max()) >= self.num_classes:
            raise DataError(
                f'a chip has class number {int(kinds.max())}, and model.num_classes='
                f'{self.num_classes}; set it to the number of classes'
            )
        return torch.cat([content, style]), sensors, kinds
