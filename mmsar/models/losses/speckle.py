"""The loss of speckle statistics."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.models.losses.homogeneous import equivalent_looks, homogeneous_places, to_intensity
from mmsar.randomness import derive_seed
from mmsar.registry import MODELS


@dataclass(frozen=True)
class SpecklePlaces:
    """Where speckle is compared.

    Attributes:
        valid: (N, S, rows, columns), whether the patch that begins there is homogeneous both in
            content n and in reference s.
        intensity: Of the references, (S, H, W).
    """

    valid: Tensor
    intensity: Tensor

    @property
    def count(self) -> Tensor:
        """Number of patches that each content has to choose from, (N,)."""
        return self.valid.flatten(1).sum(dim=1)


@MODELS.register_module()
class SpeckleLoss(nn.Module):
    """Difference of the mean equivalent number of looks of patches of an image and a reference.

    Source: Cross-Sensor SAR Data Generation Using Diffusion Models and Feature Migration, arXiv
    2606.28922, equations 19 and 20. In each step some patches are drawn, at the same places of
    image and reference. Left open there, and chosen here: which patches are homogeneous
    (:func:`mmsar.models.losses.homogeneous.homogeneous_places`), their number and size, and what
    the values are.

    Args:
        patches: Their number M in a step.
        size: Their rows and columns N, in pixels. The ENL of small patches is biased: that of
            single-look speckle by 2 % for 16, 8 % for 8.
        domain: What the values in [0, 1] are proportional to, ``amplitude`` (square root of
            intensity) or ``intensity``.
        power: They are proportional to this power of it, that of :class:`mmsar.StretchSAR`.
        log: Compare logarithms. The ENL of smooth patches is in the hundreds, and so is the loss.
        level: See there.
        tolerance: See there.
        seed: Of the draws. They depend on it and the step alone, not on the images in the batch.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        patches: int = 16,
        size: int = 16,
        domain: str = 'amplitude',
        power: float = 1.0,
        log: bool = False,
        level: float = 0.25,
        tolerance: float = 1.25,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if patches < 1 or size < 2:
            raise ConfigError(
                f'SpeckleLoss: patches={patches}, size={size}; give at least 1 patch of 2 pixels'
            )
        if not 0 <= level <= 1 or tolerance < 1:
            raise ConfigError(
                f'SpeckleLoss: level={level}, tolerance={tolerance}; level is from 0 to 1, '
                'tolerance from 1'
            )
        to_intensity(torch.zeros(1), domain, power)
        self.patches, self.size, self.log = patches, size, log
        self.domain, self.power = domain, power
        self.level, self.tolerance, self.seed = level, tolerance, seed

    def places(self, contents: Tensor, styles: Tensor) -> SpecklePlaces:
        """Find where speckle can be compared; once, before the steps.

        Args:
            contents: The images that are to be changed, (N, 1, H, W), in [0, 1].
            styles: References, (S, 1, H, W).

        Raises:
            DataError: Sizes differ, or no reference has a homogeneous patch. A content may have
                none in common with the references; its loss is 0.
        """
        if contents.shape[1:] != styles.shape[1:] or contents.shape[1] != 1:
            raise DataError(
                f'contents are {tuple(contents.shape[1:])} and references '
                f'{tuple(styles.shape[1:])} (channels, rows, columns): speckle is compared at the '
                'same places of images of one channel and size; cut them alike'
            )
        settings = (self.size, self.domain, self.level, self.tolerance)
        of_styles = homogeneous_places(styles, *settings, power=self.power)
        if not of_styles.any():
            raise DataError(
                f'the references have no homogeneous patch of {self.size} x {self.size} pixels: '
                'all are constant, or clipped at 0 or 1; choose other references, a smaller '
                'SpeckleLoss.size, or weights.speckle=0'
            )
        valid = homogeneous_places(contents, *settings, power=self.power)[:, None] & of_styles
        return SpecklePlaces(valid, to_intensity(styles[:, 0], self.domain, self.power))

    def forward(self, images: Tensor, places: SpecklePlaces, step: int = 0) -> Tensor:
        """Return the loss of each image, (N,).

        Args:
            images: (N, 1, H, W), those of the contents being changed.
            places: See :meth:`places`.
            step: Selects the draw.
        """
        generator = torch.Generator().manual_seed(derive_seed('speckle', self.seed, step))
        scores = torch.rand(places.valid.shape[1:], generator=generator).to(images.device)
        scores = scores.where(places.valid, -1.0).flatten(1)
        score, chosen = scores.topk(min(self.patches, scores.shape[1]), dim=1)
        drawn = (score >= 0).to(images.dtype)  # fewer where there are fewer
        _, _, rows, columns = places.valid.shape
        reference, place = chosen // (rows * columns), chosen % (rows * columns)
        pixels = self._pixels(place // columns, place % columns, images.shape[-1])
        intensity = to_intensity(images[:, 0], self.domain, self.power).flatten(1)
        found = equivalent_looks(_gather(intensity, pixels))
        flat = places.intensity.to(images.dtype).flatten()
        offset = reference[..., None] * places.intensity[0].numel()
        wanted = equivalent_looks(flat[pixels + offset])
        number = drawn.sum(dim=1).clamp_min(1)
        means = [(looks * drawn).sum(dim=1) / number for looks in (found, wanted)]
        if self.log:
            means = [mean.clamp_min(1e-6).log() for mean in means]
        return (means[0] - means[1]).abs()

    def _pixels(self, row: Tensor, column: Tensor, width: int) -> Tensor:
        """Return the numbers of the pixels of patches, (N, M, size * size)."""
        steps = torch.arange(self.size, device=row.device)
        inside = (steps[:, None] * width + steps).flatten()
        return (row * width + column)[..., None] + inside


def _gather(images: Tensor, pixels: Tensor) -> Tensor:
    """Take pixels (N, M, P) of flat images (N, H * W)."""
    return images.gather(1, pixels.flatten(1)).view(pixels.shape)
