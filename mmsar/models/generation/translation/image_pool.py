"""Images of former steps, for a discriminator that is not to forget."""

import torch
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.randomness import iteration_seed


class ImagePool:
    """Keeps generated images and gives back old ones in place of half of the new.

    As ``mmagic``'s ``GANImageBuffer``, of which a resumed training knows nothing: its images are in
    no checkpoint, and its draws follow numpy's global generator. Here the draws follow (seed,
    iteration), and :class:`mmsar.TrainingStateHook` puts the images into the checkpoint.

    Source: Learning from Simulated and Unsupervised Images through Adversarial Training,
    arXiv 1612.07828, section 2.3.

    Args:
        size: So many images are kept; 0 for none.
        name: Distinguishes the draws of several pools.

    Raises:
        ConfigError: The size is below zero.
    """

    def __init__(self, size: int, name: str = '') -> None:
        if size < 0:
            raise ConfigError(f'an image pool of {size} images: give a number from 0')
        self.size, self.name = size, name
        self.images: list[Tensor] = []

    def query(self, images: Tensor) -> Tensor:
        """Put images in, one after the other, and return as many.

        Until the pool is full, they come back themselves. Then each, with probability 1/2, takes
        the place of an old one, which is returned.

        Args:
            images: (N, C, H, W); what is kept and returned has no gradient.
        """
        if not self.size:
            return images
        images = images.detach()
        generator = torch.Generator().manual_seed(iteration_seed('image pool', self.name))
        old = torch.rand(len(images), generator=generator) < 0.5
        places = torch.randint(self.size, (len(images),), generator=generator)
        given = []
        for image, take, place in zip(images, old.tolist(), places.tolist(), strict=True):
            if len(self.images) < self.size:
                self.images.append(image.clone())
                given.append(image)
            elif take:
                given.append(self.images[place].to(image))  # from a checkpoint: on the CPU
                self.images[place] = image.clone()
            else:
                given.append(image)
        return torch.stack(given)

    def state(self) -> Tensor:
        """Return the images, (count, C, H, W), on the CPU; (0,) if there are none."""
        return torch.stack(self.images).cpu() if self.images else torch.zeros(0)

    def load_state(self, images: Tensor) -> None:
        """Hold the images of :meth:`state`.

        Raises:
            ConfigError: There are more than the pool has room for.
        """
        if len(images) > self.size:
            raise ConfigError(
                f'the checkpoint has an image pool of {len(images)} images, the model one of '
                f'{self.size}: set model.buffer_size to what it was'
            )
        self.images = list(images.clone())
