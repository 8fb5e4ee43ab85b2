"""A simple way to another sensor: its resolution, and new speckle."""

import math
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.histogram_matching import match_histograms
from mmsar.models.generation.migrated import Migrated, require_images
from mmsar.models.losses.homogeneous import to_intensity
from mmsar.randomness import derive_seed
from mmsar.registry import MODELS

# Of a point's amplitude with a rectangular spectrum, in units of the inverse of its bandwidth.
_HALF_POWER = 0.886
_VALUES = ('median', 'histogram')


@MODELS.register_module()
class Respeckle(BaseModel):
    """Lowers the resolution of images and multiplies them by new speckle; a baseline for migration.

    The intensity is averaged over a resolution cell of the new sensor, which takes most of the old
    speckle with it. Then comes speckle of the new sensor, of ``looks`` looks and correlated as its
    resolution makes it. The values become those of the references. Nothing is trained.

    Args:
        resolution: Of the new sensor in pixels, the width of a point at half power.
        looks: Of the new sensor.
        domain: What the values in [0, 1] stand for, ``amplitude`` or ``intensity``.
        power: They are proportional to this power of it, that of :class:`mmsar.StretchSAR`.
        values: ``median``: they are scaled to the references' median; ``histogram``: to their whole
            distribution (:class:`mmsar.HistogramMatching`).
        seed: Of the speckle, which follows it and the image alone.
        data_preprocessor: As in mmengine.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        resolution: float,
        looks: int,
        domain: str = 'amplitude',
        power: float = 1.0,
        values: str = 'median',
        seed: int = 0,
        data_preprocessor: Any = None,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        if resolution < 1 or looks < 1:
            raise ConfigError(
                f'Respeckle: resolution={resolution}, looks={looks}; both are 1 or more'
            )
        if values not in _VALUES:
            raise ConfigError(f'Respeckle: values={values!r}; choose {" or ".join(_VALUES)}')
        to_intensity(torch.zeros(1), domain, power)
        self.values = values
        self.resolution, self.looks, self.seed = resolution, looks, seed
        self.domain, self.power = domain, power

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Migrated:
        """Migrate ``content`` to ``style``; see :meth:`migrate`."""
        return self.migrate(inputs['content'], inputs['style'])

    @torch.no_grad()
    def migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        """Change contents, (N, 1, H, W); of the references, (S, 1, H, W), only the values count.

        Raises:
            DataError: Sizes differ, or values are not in [0, 1].
        """
        require_images(contents, styles)
        coarse = self._average(to_intensity(contents, self.domain, self.power))
        speckled = coarse * torch.cat([self._speckle(image) for image in contents])
        exponent = self.power / (2 if self.domain == 'amplitude' else 1)
        if self.values == 'histogram':
            return Migrated.without_losses(match_histograms(speckled**exponent, styles))
        wanted = to_intensity(styles, self.domain, self.power).median()
        found = speckled.flatten(1).median(dim=1).values[:, None, None, None]
        speckled *= wanted / found.clamp_min(torch.finfo(found.dtype).tiny)
        return Migrated.without_losses(speckled.clamp(0, 1) ** exponent)

    def _average(self, intensity: Tensor) -> Tensor:
        """Average over a bell of the resolution's width at half power."""
        deviation = self.resolution / math.sqrt(8 * math.log(2))
        reach = math.ceil(4 * deviation)
        place = torch.arange(-reach, reach + 1, dtype=intensity.dtype, device=intensity.device)
        bell = torch.exp(-0.5 * (place / deviation) ** 2)
        bell /= bell.sum()
        padded = torch.nn.functional.pad(intensity, (reach,) * 4, mode='reflect')
        rows = torch.nn.functional.conv2d(padded, bell.view(1, 1, -1, 1))
        return torch.nn.functional.conv2d(rows, bell.view(1, 1, 1, -1))

    def _speckle(self, image: Tensor) -> Tensor:
        """Return the intensity of an image's speckle, of mean 1, (1, 1, H, W)."""
        key = derive_seed('respeckle', self.seed, image.cpu().numpy().tobytes().hex())
        generator = torch.Generator().manual_seed(key)
        shape = image.shape[-2:]
        white = torch.randn((self.looks, *shape, 2), generator=generator, dtype=torch.float64).view(
            self.looks, *shape, 2
        )
        spectrum = torch.fft.fft2(torch.view_as_complex(white))
        for axis, length in zip((-2, -1), shape, strict=True):
            within = torch.fft.fftfreq(length).abs() <= _HALF_POWER / (2 * self.resolution)
            spectrum *= within[:, None] if axis == -2 else within
        intensity = torch.fft.ifft2(spectrum).abs().square().mean(dim=0)
        return (intensity / intensity.mean())[None, None].to(image)
