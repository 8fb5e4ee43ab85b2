"""CycleGAN and Pix2pix of mmagic, as migrators."""

from collections.abc import Mapping
from typing import Any

import torch
from mmagic.models.editors import cyclegan, pix2pix
from mmagic.models.utils import generation_init_weights
from torch import Tensor
from torch.nn import functional

from mmsar.compat import mmcv_deconv
from mmsar.models.generation.translation.image_pool import ImagePool
from mmsar.models.generation.translation.translator import Translator, require_training_step

mmcv_deconv.install()

_PREPROCESSOR = {'type': 'mmsar.TwoSensorsPreprocessor'}
# The domains are called as the folders of a migration.
_DOMAINS = ('content', 'style')


class _Hosted(Translator):
    """What both need to be corrected of mmagic's ``BaseTranslationModel``."""

    def init_weights(self) -> None:
        """Draw the weights of each network, from normal distributions of deviation 0.02.

        mmagic's own method ends in an UnboundLocalError (``init_info``): it hands its notes on
        parameters to networks whose initialisation has none for a module of their class.
        """
        model: Any = self
        for networks in (model.generators, model.discriminators):
            for network in networks.values():
                generation_init_weights(network, network.init_type, network.init_gain)

    def forward(self, img: Any = None, mode: str = 'tensor', **kwargs: Any) -> Any:
        """Do what mmagic's method does; its training step calls it."""
        require_training_step(mode)
        return super().forward(img, **kwargs)  # type: ignore[misc]

    def translate(self, images: Tensor) -> Tensor:
        """Return images of the new sensor; see :class:`Translator`.

        mmagic's ``forward_test`` puts the networks back into training mode: dropout then makes
        what becomes of an image a matter of chance, and batch normalisation one of the others in
        the batch. Here they stay in evaluation mode.
        """
        model: Any = self
        return model.translation(images, target_domain='style')


class CycleGAN(_Hosted, cyclegan.CycleGAN):
    """CycleGAN of mmagic between the chips of two sensors.

    Changed: ``init_weights``, which crashes there; image pools that follow the seed and can be
    resumed (:class:`ImagePool`); the identity loss has half the weight of the cycle, as published
    (mmagic takes 0.5 for 5); migration in evaluation mode. Its training step is mmagic's: the
    discriminators first, then the generators.

    Source: Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks,
    arXiv 1703.10593.

    Args:
        generator: Config of the network of each direction.
        discriminator: Config of the network of each sensor.
        buffer_size: Images in a pool.
        cycle_weight: Of the way there and back.
        identity_weight: Of images that are of the wanted sensor already.
        data_preprocessor: Default: :class:`mmsar.TwoSensorsPreprocessor`.
    """

    def __init__(
        self,
        generator: Mapping[str, Any],
        discriminator: Mapping[str, Any],
        buffer_size: int = 50,
        cycle_weight: float = 10.0,
        identity_weight: float = 5.0,
        data_preprocessor: Any = None,
    ) -> None:
        super().__init__(
            dict(generator),
            dict(discriminator),
            default_domain='style',
            reachable_domains=list(_DOMAINS),
            related_domains=list(_DOMAINS),
            data_preprocessor=data_preprocessor or _PREPROCESSOR,
            buffer_size=0,
            loss_config={
                'cycle_loss_weight': cycle_weight,
                'id_loss_weight': identity_weight,
            },
        )
        self.buffer_size = buffer_size
        self.image_buffers = {name: ImagePool(buffer_size, name) for name in _DOMAINS}

    def training_state(self) -> dict[str, Tensor]:
        """Return the image pools; see :class:`mmsar.TrainingStateHook`."""
        return {f'pool_{name}': pool.state() for name, pool in self.image_buffers.items()}

    def load_training_state(self, state: Mapping[str, Tensor]) -> None:
        """Take the image pools of a checkpoint."""
        for name, pool in self.image_buffers.items():
            pool.load_state(state[f'pool_{name}'])


class Pix2Pix(_Hosted, pix2pix.Pix2Pix):
    """Pix2pix of mmagic from chips of the old sensor to those of the new one that go with them.

    It needs pairs, see :class:`mmsar.PairedChips`. Changed: ``init_weights``, which crashes there;
    the pixel loss, which is called with an argument that PyTorch has given up; the U-Net, which
    cannot be built there (:mod:`mmsar.compat.mmcv_deconv`); migration in evaluation mode.

    Source: Image-to-Image Translation with Conditional Adversarial Networks, arXiv 1611.07004.

    Args:
        generator: Config of the network, a U-Net.
        discriminator: Config of the network, which sees content and result in two channels.
        pixel_weight: Of the mean absolute difference.
        data_preprocessor: Default: :class:`mmsar.TwoSensorsPreprocessor`.
    """

    def __init__(
        self,
        generator: Mapping[str, Any],
        discriminator: Mapping[str, Any],
        pixel_weight: float = 100.0,
        data_preprocessor: Any = None,
    ) -> None:
        super().__init__(
            dict(generator),
            dict(discriminator),
            default_domain='style',
            reachable_domains=['style'],
            related_domains=list(_DOMAINS),
            data_preprocessor=data_preprocessor or _PREPROCESSOR,
            loss_config={'pixel_loss_weight': pixel_weight},
        )
        # A U-Net halves the image so often.
        self.divisor = 2 ** generator.get('num_down', 8)

    def _get_gen_loss(self, outputs: Mapping[str, Tensor]) -> Any:
        """Return the loss of the generator, and its parts for the log."""
        fake, real = outputs['fake_style'], outputs['real_style']
        scores = self.discriminators['style'](torch.cat([outputs['real_content'], fake], dim=1))
        losses = {
            'loss_gan_g': functional.binary_cross_entropy_with_logits(
                scores, torch.ones_like(scores)
            ),
            'loss_pixel': self.pixel_loss_weight * functional.l1_loss(fake, real),
        }
        return self.parse_losses(losses)
