"""Seeded speckle, for the tests of figures of generated images."""

import numpy as np


def speckle(count, looks=1.0, size=32, seed=0, gain=1.0, blur=0.0):
    """Return amplitudes (count, size, size) of L-look speckle of mean intensity gain**2."""
    rng = np.random.default_rng(seed)
    intensity = rng.gamma(looks, 1 / looks, (count, size, size))
    if blur:
        row = np.exp(-(np.fft.fftfreq(size) ** 2) * 2 * (np.pi * blur) ** 2)
        spectrum = np.fft.fft2(intensity) * row[:, None] * row
        intensity = np.fft.ifft2(spectrum).real.clip(1e-6)
    return (gain * np.sqrt(intensity)).astype(np.float32)
