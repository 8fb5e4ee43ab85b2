"""Migration of radar images to another sensor's characteristics."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.attention_distillation_loss import AttentionDistillationLoss
from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.migrated import Migrated, require_images
from mmsar.models.generation.stable_diffusion import StableDiffusion, load_stable_diffusion
from mmsar.models.losses.speckle import SpecklePlaces
from mmsar.registry import MODELS

_WEIGHTS = {'ad': 1.0, 'content': 0.25, 'speckle': 0.1, 'high_frequency': 0.1}
_SCHEDULES = ('constant', 'cosine')
_KEPT = ('content', 'start')
_DTYPES = ('float32', 'bfloat16', 'float64')


@MODELS.register_module()
class AttentionDistillation(BaseModel):
    """Changes images of one sensor so that they look as if another had taken them.

    The latent of an image is optimised, by Adam, a step for each timestep of the diffusion process,
    under four losses: its self-attention becomes that of the references of the new sensor, keeps
    the queries of its content, has their equivalent number of looks and their high frequencies.
    Networks are used as they are; nothing is trained.

    Source: arXiv 2606.28922, section 2.3, equations 14 to 22; steps and learning rate of Attention
    Distillation (see :class:`mmsar.AttentionDistillationLoss`), on whose settings the paper is
    silent.

    Args:
        pretrained: Folder or hub name of Stable Diffusion 1.5 or the like, loaded when first
            needed; or its parts.
        layers: See :class:`mmsar.AttentionDistillationLoss`.
        weights: Of the losses ``ad``, ``content``, ``speckle`` and ``high_frequency``; those left
            out are 1, 0.25, 0.1 and 0.1. A loss of weight 0 costs nothing.
        speckle: Settings of :class:`mmsar.SpeckleLoss`.
        high_frequency: Settings of :class:`mmsar.HighFrequencyLoss`.
        size: Of the longer side for the networks, in pixels; None for that of the images. Stable
            Diffusion 1.5 was trained on 512.
        steps: Their number. 0: images pass the autoencoder alone, which shows what it loses.
        lr: Learning rate of Adam.
        lr_schedule: ``constant``, as published, or ``cosine``, to nothing.
        start: Another migration, whose result is where the optimisation begins:
            :class:`mmsar.Respeckle` for what is known of the sensors, or
            :class:`mmsar.HistogramMatching`. None begins at the content, as published.
        keep: Whose queries are kept: of the ``content``, as published, or of the ``start``: a
            sharper content would bring back what the new sensor cannot resolve.
        pixel_interval: Decode the images, for the losses of speckle and frequencies, in every so
            many steps only; these losses then count so many times.
        prompt: That the U-Net sees.
        dtype: Of the networks, ``float32``, ``bfloat16`` or ``float64``. Latents and losses are
            float32 at least.
        compiled: Compile U-Net and decoder by ``torch.compile``. It takes a minute or more, for
            each size and batch.
        loading: Further arguments of
            :func:`mmsar.models.generation.stable_diffusion.load_stable_diffusion`.
        content_layers: See :class:`mmsar.AttentionDistillationLoss`.
        data_preprocessor: As in mmengine; its device is that of the work.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        pretrained: str | StableDiffusion,
        layers: str | Sequence[str] = 'paper',
        weights: Mapping[str, float] | None = None,
        speckle: Mapping[str, Any] | None = None,
        high_frequency: Mapping[str, Any] | None = None,
        size: int | None = 512,
        steps: int = 200,
        lr: float = 0.05,
        lr_schedule: str = 'constant',
        start: Mapping[str, Any] | None = None,
        keep: str = 'content',
        pixel_interval: int = 1,
        prompt: str = '',
        dtype: str = 'float32',
        compiled: bool = False,
        loading: Mapping[str, Any] | None = None,
        content_layers: str | Sequence[str] | None = None,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        unknown = set(weights or {}) - set(_WEIGHTS)
        if unknown:
            raise ConfigError(
                f'AttentionDistillation: weights has no {min(unknown)!r}; it has '
                f'{", ".join(_WEIGHTS)}'
            )
        self.weights = {**_WEIGHTS, **(weights or {})}
        if not any(self.weights.values()) or min(self.weights.values()) < 0:
            raise ConfigError(
                f'AttentionDistillation: weights={self.weights}; give numbers from 0, one above'
            )
        numbers = {'lr': lr, 'pixel_interval': pixel_interval, 'size': size or 1}
        for name, value in numbers.items():
            if value <= 0:
                raise ConfigError(f'AttentionDistillation: {name}={value}; it must be above zero')
        if steps < 0:
            raise ConfigError(f'AttentionDistillation: steps={steps}; give a number from 0')
        if dtype not in _DTYPES:
            raise ConfigError(
                f'AttentionDistillation: dtype={dtype!r}; choose {", ".join(_DTYPES)} (gradients '
                'overflow in float16)'
            )
        choices = {'lr_schedule': (lr_schedule, _SCHEDULES), 'keep': (keep, _KEPT)}
        for name, (chosen, known) in choices.items():
            if chosen not in known:
                raise ConfigError(
                    f'AttentionDistillation: {name}={chosen!r}; choose {" or ".join(known)}'
                )
        self.lr_schedule, self.keep = lr_schedule, keep
        self.start = None if start is None else MODELS.build(start)
        self.speckle = MODELS.build({'type': 'mmsar.SpeckleLoss', **(speckle or {})})
        self.high_frequency = MODELS.build(
            {'type': 'mmsar.HighFrequencyLoss', **(high_frequency or {})}
        )
        self.content_layers = content_layers
        self.layers, self.size, self.steps, self.lr = layers, size, steps, lr
        self.pixel_interval, self.prompt, self.compiled = pixel_interval, prompt, compiled
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.pretrained, self.loading = pretrained, dict(loading or {})
        self.attention_loss: AttentionDistillationLoss | None = None

    def load(self) -> None:
        """Load the networks, if they are not there yet.

        Raises:
            CheckpointError: They cannot be loaded.
            ConfigError: The U-Net has not the layers, or diffusers is not installed.
        """
        if self.attention_loss is None:
            parts = self.pretrained
            if isinstance(parts, str):
                parts = load_stable_diffusion(parts, self.prompt, **self.loading)
            # First of all, what can fail.
            loss = AttentionDistillationLoss(
                parts.unet, self.layers, self.compiled, self.content_layers
            )
            self.vae = parts.vae.requires_grad_(False).eval()
            self.coder = ImageCoder(self.vae, self.size)
            self.timesteps = parts.timesteps(self.steps) if self.steps else torch.zeros(0)
            self.prompt_embeds = parts.prompt_embeds
            if self.compiled:
                self.vae.decoder.compile(dynamic=False)
            self.attention_loss = loss
        # The device may have changed since.
        place = {'device': self.data_preprocessor.device, 'dtype': self.dtype}
        self.attention_loss.to(**place)
        self.vae.to(**place)
        self.prompt_embeds = self.prompt_embeds.to(**place)

    def init_weights(self) -> None:
        """Load the networks."""
        self.load()

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Migrate images.

        Args:
            inputs: ``content`` and ``style``, see :meth:`migrate`.
            data_samples: Not looked at.
            mode: ``tensor`` or ``predict``.

        Returns:
            :class:`Migrated`.

        Raises:
            ConfigError: The mode is ``loss``.
        """
        if mode == 'loss':
            raise ConfigError(
                'AttentionDistillation has no weights to train; call migrate(), or forward() with '
                "mode='predict'"
            )
        return self.migrate(inputs['content'], inputs['style'])

    def migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        """Give contents the characteristics of references.

        All contents share the references, which go through the U-Net once a step. What becomes of
        an image does not depend on the others of its batch, but for rounding.

        Args:
            contents: (N, 1, H, W), in [0, 1]; what the values mean is told by ``speckle.domain``.
            styles: One or several references of the new sensor, (S, 1, H, W), of the same size.

        Raises:
            DataError: Sizes differ, or values are not in [0, 1].
        """
        require_images(contents, styles)
        # Gradients are needed here, also within a test loop, which switches them off.
        with torch.inference_mode(False), torch.enable_grad():
            self.load()
            place = {
                'device': self.data_preprocessor.device,
                'dtype': torch.promote_types(self.dtype, torch.float32),
            }
            return self._migrate(*(images.clone().to(**place) for images in (contents, styles)))

    def _migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        shape = (contents.shape[2], contents.shape[3])
        places = self.speckle.places(contents, styles) if self.weights['speckle'] else None
        begin = contents if self.start is None else self.start.migrate(contents, styles).images
        kept = self.coder.encode(contents if self.keep == 'content' else begin)
        fixed = self.coder.encode(styles).to(self.dtype), kept.to(self.dtype)
        latents = (self.coder.encode(begin) if self.keep == 'content' else kept).clone()
        latents.requires_grad_()
        adam = torch.optim.Adam([latents], lr=self.lr)
        history: dict[str, list[Tensor]] = {}
        for step, timestep in enumerate(self.timesteps.to(latents.device)):
            terms = self._attention_losses(latents, *fixed, timestep, step)
            factors = dict.fromkeys(terms, 1)
            if step % self.pixel_interval == 0:
                pixels = self._pixel_losses(latents, styles, shape, places, step)
                terms |= pixels
                factors |= dict.fromkeys(pixels, self.pixel_interval)
            if not terms:  # between those of pixels, without those of attention
                continue
            # The sum over images: their mean would make each gradient depend on their number.
            weighted = [self.weights[name] * factors[name] * terms[name].sum() for name in terms]
            adam.param_groups[0]['lr'] = self._rate(step)
            adam.zero_grad()
            torch.stack(weighted).sum().backward()
            adam.step()
            for name, values in terms.items():
                history.setdefault(name, []).append(values.detach())
        with torch.no_grad():
            images = self.coder.decode(latents, shape)
        return Migrated(
            images.clamp(0, 1),
            {name: torch.stack(values) for name, values in history.items()},
            None if places is None else places.count,
            images.isfinite().flatten(1).all(dim=1),
        )

    def _rate(self, step: int) -> float:
        """Return the learning rate of a step."""
        if self.lr_schedule == 'constant':
            return self.lr
        return self.lr * (1 + math.cos(math.pi * step / self.steps)) / 2

    def _attention_losses(
        self, latents: Tensor, style: Tensor, content: Tensor, timestep: Tensor, step: int
    ) -> dict[str, Tensor]:
        """Return the losses of attention that have a weight."""
        assert self.attention_loss is not None
        names = [name for name in ('ad', 'content') if self.weights[name]]
        if not names:
            return {}
        # At its own latent the content loss is 0, and so is its gradient. To compute them would
        # give rounding errors, of which Adam makes whole steps.
        away = step > 0 or (self.start is not None and self.keep == 'content')
        needed = content if away and 'content' in names else None
        terms = self.attention_loss(
            latents.to(self.dtype), style, needed, timestep, self.prompt_embeds
        )
        return {name: terms[name] for name in names}

    def _pixel_losses(
        self,
        latents: Tensor,
        styles: Tensor,
        shape: tuple[int, int],
        places: SpecklePlaces | None,
        step: int,
    ) -> dict[str, Tensor]:
        """Return the losses of decoded images that have a weight."""
        if places is None and not self.weights['high_frequency']:
            return {}
        images = self.coder.decode(latents, shape)
        losses = {}
        if places is not None:
            losses['speckle'] = self.speckle(images, places, step)
        if self.weights['high_frequency']:
            losses['high_frequency'] = self.high_frequency(images, styles)
        return losses
