"""The loss of high frequencies."""

import torch
from torch import Tensor, nn

from mmsar.errors import ConfigError, DataError
from mmsar.registry import MODELS

_MODES = ('magnitude', 'radial', 'decibel', 'complex')


def high_pass_mask(
    rows: int, columns: int, cutoff: float, device: torch.device | None = None
) -> Tensor:
    """Return where a spectrum (as of ``fft2``) has at least the cutoff frequency.

    Args:
        rows: Of the image.
        columns: Likewise.
        cutoff: In cycles a pixel, 0 to below 0.5.
        device: Of the result.

    Returns:
        (rows, columns), bool.
    """
    return _radius(rows, columns, device) >= cutoff


@MODELS.register_module()
class HighFrequencyLoss(nn.Module):
    """Mean absolute difference of the spectra of an image and a reference, above a frequency.

    Source: arXiv 2606.28922, equation 21, and the ring-shaped mask before it.

    Args:
        mode: ``magnitude`` compares absolute values, so energy, bin by bin; ``radial`` their means
            over rings one bin wide, without direction; ``decibel`` the power of these rings in
            decibels, behind a Hann window, so that frequencies at which one sensor has a
            thousandth of the other's power count, too: the mean square of the difference, of which
            10 dB are 1;
            ``complex`` is what the paper prints, and asks for the phases of the reference, too:
            its very pixels.
        cutoff: Where the mask begins, in cycles a pixel (0.5 is the highest). The paper gives none.
        normalise: Transforms keep energy ('ortho'), and the mean is taken over the mask: the value
            does not depend on the image's size. False: the sum over transforms without factor, as
            printed; of the order of the size to the power of 3. In decibels it is the mean
            always.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self, mode: str = 'magnitude', cutoff: float = 0.125, normalise: bool = True
    ) -> None:
        super().__init__()
        if mode not in _MODES:
            raise ConfigError(f'HighFrequencyLoss: mode={mode!r}; choose {", ".join(_MODES)}')
        if not 0 <= cutoff < 0.5:
            raise ConfigError(
                f'HighFrequencyLoss: cutoff={cutoff} cycles a pixel; give 0 to below 0.5'
            )
        self.mode, self.cutoff, self.normalise = mode, cutoff, normalise

    def forward(self, images: Tensor, styles: Tensor) -> Tensor:
        """Return the loss of each image, (N,).

        Args:
            images: (N, 1, H, W), in [0, 1].
            styles: References, (S, 1, H, W), of whose spectra the mean is the target: of magnitudes
                but for ``complex``.

        Raises:
            DataError: Sizes differ.
        """
        if images.shape[1:] != styles.shape[1:]:
            raise DataError(
                f'images are {tuple(images.shape[1:])} and references {tuple(styles.shape[1:])} '
                '(channels, rows, columns): spectra of different sizes cannot be compared; cut '
                'them alike'
            )
        found = self._spectrum(images)
        wanted = self._spectrum(styles.to(images)).mean(dim=0)
        if self.mode == 'decibel':
            # Squares: with absolute values the gradient stays as large at the goal as far from it,
            # and Adam's steps follow its jitter, not the other losses.
            return (found.log10() - wanted.log10()).square().mean(dim=1)
        difference = (found - wanted).abs()
        return difference.mean(dim=1) if self.normalise else difference.sum(dim=1)

    def _spectrum(self, images: Tensor) -> Tensor:
        """Return what is compared of images, (N, bins or rings)."""
        rows, columns = images.shape[-2:]
        pixels = images[:, 0]
        if self.mode == 'decibel':
            # Without it the borders' steps hide what is 40 dB below.
            windows = (
                torch.hann_window(side, dtype=torch.float64, device=images.device)
                for side in (rows, columns)
            )
            pixels = pixels * torch.outer(*windows).to(pixels)
        spectrum = torch.fft.fft2(pixels, norm='ortho' if self.normalise else 'backward')
        mask = high_pass_mask(rows, columns, self.cutoff, images.device)
        inside = spectrum[:, mask]
        if self.mode == 'complex':
            return inside
        if self.mode == 'decibel':
            # The least number keeps the logarithm of an empty image finite.
            magnitude = inside.real.square() + inside.imag.square() + 1e-20
        else:
            magnitude = inside.abs()
        if self.mode == 'magnitude':
            return magnitude
        ring = (_radius(rows, columns, images.device)[mask] * min(rows, columns)).long()
        _, ring = ring.unique(return_inverse=True)
        size = torch.bincount(ring).to(magnitude)
        return magnitude.new_zeros(len(images), len(size)).index_add(1, ring, magnitude) / size


def _radius(rows: int, columns: int, device: torch.device | None) -> Tensor:
    """Return the frequency of each bin, in cycles a pixel."""
    down, right = (
        torch.fft.fftfreq(side, device=device, dtype=torch.float64) for side in (rows, columns)
    )
    return (down[:, None].square() + right.square()).sqrt()
