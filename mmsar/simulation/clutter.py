"""Backscatter of the sea and of land."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.stats import gamma, norm

_NODES = np.linspace(-6, 6, 2049)


def gamma_texture(
    shape: tuple[int, int],
    order: float,
    correlation: float | tuple[float, float],
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw a correlated texture whose values are Gamma distributed with mean 1.

    Speckle on it is K-distributed, of shape ``order``: Ward, Tough and Watts, Sea Clutter,
    chapter 5. A Gaussian field is mapped to Gamma quantile by quantile.

    Args:
        shape: Rows and columns.
        order: Shape of the Gamma distribution; smaller is spikier.
        correlation: Standard deviation of the correlating Gaussian filter in pixels, or one for
            rows and one for columns.
        generator: Source of all random numbers.
    """
    field = _gaussian_field(shape, correlation, generator)
    return np.interp(field, _NODES, _gamma_quantiles(order)).astype(np.float32)


@lru_cache(maxsize=32)
def _gamma_quantiles(order: float) -> NDArray[np.float64]:
    return gamma.ppf(norm.cdf(_NODES), order, scale=1 / order)


def sea(
    shape: tuple[int, int],
    sigma0_db: float,
    order: float,
    generator: np.random.Generator,
    correlation: float = 3.0,
    swell: float = 0.3,
) -> NDArray[np.float32]:
    """Draw the backscatter of a sea: a Gamma texture under swell and slow changes of the wind.

    Args:
        shape: Rows and columns.
        sigma0_db: Mean, in decibels.
        order: Shape of the texture.
        generator: Source of all random numbers.
        correlation: Of the texture, in pixels.
        swell: Relative modulation by waves some pixels long, 0 to below 1.

    Returns:
        sigma0, linear.
    """
    texture = gamma_texture(shape, order, correlation, generator)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    direction, length = generator.uniform(0, np.pi), generator.uniform(10, 30)
    along = rows * np.sin(direction) + columns * np.cos(direction)
    bend = 2 * _gaussian_field(shape, 25, generator)
    waves = 1 + swell * np.sin(2 * np.pi * along / length + bend)
    wind = 10 ** (0.1 * _gaussian_field(shape, 60, generator))
    return (10 ** (sigma0_db / 10) * texture * waves * wind).astype(np.float32)


def fields(
    shape: tuple[int, int], generator: np.random.Generator, count: int = 14
) -> NDArray[np.int64]:
    """Divide an area into plots: the number of the plot of each pixel (Voronoi cells)."""
    seeds = np.ones(shape, bool)
    rows, columns = (generator.integers(0, side, count) for side in shape)
    seeds[rows, columns] = False
    _, nearest = distance_transform_edt(seeds, return_indices=True)
    numbers = np.zeros(shape, np.int64)
    numbers[rows, columns] = np.arange(count)
    return numbers[nearest[0], nearest[1]]


def land(
    plots: NDArray[np.int64], sigma0_db: NDArray[np.floating], generator: np.random.Generator
) -> NDArray[np.float32]:
    """Draw the backscatter of land: a level a plot, times a texture.

    Args:
        plots: (H, W), number of the plot.
        sigma0_db: Level of each plot, in decibels.
        generator: Source of all random numbers.

    Returns:
        sigma0, linear.
    """
    texture = gamma_texture(plots.shape, 3.0, 1.2, generator)
    return (10 ** (sigma0_db[plots] / 10) * texture).astype(np.float32)


def _gaussian_field(
    shape: tuple[int, int],
    correlation: float | tuple[float, float],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Draw a smooth field with mean 0 and standard deviation 1 at each pixel."""
    sigma = np.broadcast_to(np.asarray(correlation, float), 2)
    noise = generator.standard_normal(shape)
    # Divided by the exact standard deviation of filtered noise, not by the sample's: the mean of a
    # scene varies as it should.
    impulse = np.zeros(shape)
    impulse[shape[0] // 2, shape[1] // 2] = 1
    kernel = gaussian_filter(impulse, sigma, mode='wrap')
    return gaussian_filter(noise, sigma, mode='wrap') / np.sqrt(np.sum(kernel**2))
