"""From backscatter to SAR images: the band-limited response of a sensor to a scene.

Source: Oliver and Quegan, Understanding Synthetic Aperture Radar Images, chapters 2 and 4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mmsar.simulation.sensor import Sensor

# Pixels around the scene, so that what is cut off on one side does not enter on the other.
_MARGIN = 16


@dataclass(frozen=True)
class Scatterers:
    """Point scatterers.

    Attributes:
        rows: (N,), in pixels; the centre of the first pixel is 0.
        columns: (N,), likewise.
        rcs: (N,), radar cross section in square metres.
    """

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    rcs: NDArray[np.float64]

    @staticmethod
    def join(parts: list['Scatterers']) -> 'Scatterers':
        """Return all scatterers of several groups."""
        fields = ('rows', 'columns', 'rcs')
        return Scatterers(
            *(np.concatenate([np.zeros(0), *(getattr(p, f) for p in parts)]) for f in fields)
        )


def simulate_looks(
    sigma0: NDArray[np.floating],
    scatterers: Scatterers | None,
    sensor: Sensor,
    generator: np.random.Generator,
) -> NDArray[np.complex64]:
    """Simulate the complex images of a scene, one a look.

    Each look is a band of the azimuth spectrum of its own: the same backscatter, other speckle,
    and other phases between the scatterers.

    Args:
        sigma0: (H, W), backscatter of distributed targets, linear.
        scatterers: Point scatterers on top.
        sensor: Resolution, window, noise, looks.
        generator: Source of all random numbers.

    Returns:
        (looks, H, W), complex64. The mean of abs(z)**2 over a homogeneous area is sigma0 + NESZ;
        the peak of a point is its RCS over the area of a resolution cell (rectangular window).
    """
    height, width = sigma0.shape
    padded = np.pad(np.asarray(sigma0, np.float32), _MARGIN, mode='reflect')
    shape = padded.shape
    transfer = sensor.transfer(shape)
    power = padded + np.float32(10 ** (sensor.nesz_db / 10))
    # Both parts of a complex number of unit power.
    scale = np.sqrt(power / 2)
    # Outside the band, the points need not be computed.
    band = np.ix_(*(np.flatnonzero(transfer.any(axis=axis)) for axis in (1, 0)))
    waves = None
    if scatterers is not None and len(scatterers.rcs):
        waves = _waves(scatterers, shape, band)
    looks = []
    for _ in range(sensor.looks):
        noise = generator.standard_normal((2, *shape), dtype=np.float32) * scale
        spectrum = fft.fft2(noise[0] + 1j * noise[1])
        if scatterers is not None and waves is not None:
            phases = np.exp(2j * np.pi * generator.random(len(scatterers.rcs)))
            amplitudes = np.sqrt(scatterers.rcs) * phases / sensor.pixel_spacing
            spectrum[band] += (waves[0] * amplitudes.astype(np.complex64)) @ waves[1]
        image = fft.ifft2(spectrum * transfer)
        looks.append(image[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width])
    return np.stack(looks).astype(np.complex64)


def multilook(looks: NDArray[np.complexfloating]) -> NDArray[np.float32]:
    """Average the intensity of looks (looks, H, W) to (H, W)."""
    return np.mean(looks.real**2 + looks.imag**2, axis=0, dtype=np.float32)


def _waves(
    scatterers: Scatterers, shape: tuple[int, ...], band: tuple[NDArray[np.intp], ...]
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Return the factors, along rows and columns, of the spectra of points between the pixels.

    Args:
        scatterers: N points.
        shape: Of the image.
        band: Numbers of the frequencies that are wanted along both axes, as of ``np.ix_``.

    Returns:
        (frequencies, N) and (N, frequencies).
    """
    rows, columns = (
        _turns(-2 * np.pi / size * (places + _MARGIN), chosen.ravel(), size)
        for size, places, chosen in zip(
            shape, (scatterers.rows, scatterers.columns), band, strict=True
        )
    )
    return rows, np.ascontiguousarray(columns.T)


def _turns(
    angles: NDArray[np.float64], chosen: NDArray[np.intp], size: int
) -> NDArray[np.complex64]:
    """Return (frequencies, N): exp(1j * angle) to the power of frequencies, in FFT order."""
    powers = np.where(chosen < (size + 1) // 2, chosen, chosen - size)
    # As products of few powers: an exponential of each would take four times as long.
    step = 16
    tens, ones = np.divmod(powers, step)
    first = int(tens.min())
    coarse = step * np.outer(np.arange(first, tens.max() + 1), angles)
    fine = np.outer(np.arange(step), angles)
    coarse, fine = (
        np.cos(turn).astype(np.float32) + np.complex64(1j) * np.sin(turn).astype(np.float32)
        for turn in (coarse, fine)
    )
    return coarse[tens - first] * fine[ones]
