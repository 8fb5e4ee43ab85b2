"""Latents of images, made once."""

import torch
from torch import Tensor

from mmsar.models.generation.image_coder import ImageCoder
from mmsar.models.generation.sd3.tensor_cache import TensorCache, digest, image_key
from mmsar.randomness import draw_for_batch


class Latents:
    """Codes images for the transformer, and remembers the autoencoder's distributions.

    A file of the cache belongs to the very values of an image, and to the weights of the
    autoencoder: whatever is shuffled, flipped or replaced, an image cannot get another's latents.
    Random changes of values in the pipeline would each have a file of their own.

    Args:
        coder: Of images.
        cache: Folder, or None for none.
        sample: Draw from the distributions; or take their means.
    """

    def __init__(self, coder: ImageCoder, cache: str | None = None, sample: bool = True) -> None:
        self.coder, self.folder, self.sample = coder, cache, sample
        self._cache: TensorCache | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Return latents.

        Args:
            images: (N, 1, H, W), in [0, 1].

        Returns:
            (N, C, h, w), float32 at least. What is drawn follows :mod:`mmsar.randomness`.
        """
        mean, log_variance = self.distribution(images).chunk(2, dim=1)
        if self.sample:
            shape = mean.shape[1:]
            noise = draw_for_batch(
                lambda n, g: torch.randn((n, *shape), generator=g), len(mean), 'latents'
            )
            # As DiagonalGaussianDistribution of diffusers.
            deviation = torch.exp(0.5 * log_variance.clamp(-30, 20))
            mean = mean + deviation * noise.to(mean)
        return self.coder.normalise(mean)

    def distribution(self, images: Tensor) -> Tensor:
        """Return means and logarithms of variances, (N, 2 C, h, w); those not known are made."""
        if self.folder is None:
            return self.coder.moments(images)
        keys = [image_key(image) for image in images]
        known = [self.cache.get(key) for key in keys]
        new = [number for number, found in enumerate(known) if found is None]
        if new:
            made = self.coder.moments(images[new])
            for number, moments in zip(new, made, strict=True):
                known[number] = {'moments': moments}
                self.cache.put(keys[number], {'moments': moments})
        return torch.stack([found['moments'].to(images.device) for found in known if found])

    @property
    def cache(self) -> TensorCache:
        """The files."""
        if self._cache is None:
            vae = self.coder.vae
            identity = {'vae': digest(vae), 'dtype': vae.dtype, 'size': self.coder.size}
            identity |= {'unit': self.coder.unit, 'version': 1}
            self._cache = TensorCache(self.folder, identity)
        return self._cache
