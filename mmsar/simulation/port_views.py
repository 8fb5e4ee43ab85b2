"""What a radar and a camera see of a port: one geometry, no common noise or texture."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from mmsar.simulation.clutter import fields, gamma_texture, land, sea
from mmsar.simulation.imaging import Scatterers, multilook, simulate_looks
from mmsar.simulation.port import PortScene, Stack
from mmsar.simulation.sensor import Sensor
from mmsar.simulation.ship import Ship, half_width, ship_scatterers


def radar_view(
    scene: PortScene, sensor: Sensor, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Simulate the multilook intensity (H, W) of a scene, calibrated to sigma nought.

    Sea and land differ from scene to scene in their level; the radar looks towards larger columns.
    """
    generator = _stream(generator, 1)
    shape = scene.land.shape
    water = sea(
        shape, generator.uniform(-19, -11), generator.uniform(2.5, 10), generator,
        swell=generator.uniform(0, 0.5),
    )  # fmt: skip
    plots = fields(shape, generator)
    ground = land(plots, generator.uniform(-15, -6, plots.max() + 1), generator)
    concrete = 10 ** (generator.uniform(-18, -13) / 10) * gamma_texture(shape, 4.0, 1.0, generator)
    sigma0 = np.where(scene.land, np.where(scene.paved, concrete, ground), water)
    parts = [_buoys(scene.buoys, generator), _wall(scene.land, generator)]
    parts += [_block(stack, sensor.pixel_spacing, generator) for stack in scene.stacks]
    for ship in scene.ships:
        sigma0[ship.mask(shape)] = 10 ** (-17 / 10)
        parts.append(ship_scatterers(ship, sensor.pixel_spacing, generator))
    return multilook(simulate_looks(sigma0, Scatterers.join(parts), sensor, generator))


def optical_view(scene: PortScene, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Draw the scene as an optical image of the same ground: (H, W, 3), uint8, RGB."""
    generator = _stream(generator, 2)
    shape = scene.land.shape
    water = np.array([18, 45, 62]) + generator.uniform(-8, 14, 3)
    waves = gamma_texture(shape, 30.0, 1.5, generator)[..., None]
    plots = fields(shape, generator)
    greens = np.array([70, 85, 50]) + generator.uniform(-30, 30, (plots.max() + 1, 3))
    ground = greens[plots] * gamma_texture(shape, 25.0, 2.0, generator)[..., None]
    concrete = generator.uniform(130, 165) * gamma_texture(shape, 90.0, 1.0, generator)[..., None]
    image = np.where(scene.land[..., None], ground, water * waves)
    image = np.where(scene.paved[..., None], concrete, image)
    sun = generator.uniform(0, 2 * np.pi)
    shadow = (2.5 * np.sin(sun), 2.5 * np.cos(sun))
    for stack in scene.stacks:
        colour = generator.uniform(60, 220, 3)
        _paint(image, stack.mask(shape, shadow), np.array([25, 25, 30]))
        _paint(image, stack.mask(shape), colour)
    for ship in scene.ships:
        deck = generator.choice(np.array([[120, 45, 35], [85, 90, 95], [45, 60, 90], [60, 85, 65]]))
        _paint(image, ship.mask(shape), deck + generator.uniform(-15, 15, 3))
        _paint(image, _bridge(ship, shape), np.array([225, 225, 220]))
    for row, column in scene.buoys.astype(int):
        image[row, column] = (200, 60, 40)
    image = gaussian_filter(image, (0.6, 0.6, 0))
    image += generator.normal(0, 2.5, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def _stream(generator: np.random.Generator, view: int) -> np.random.Generator:
    """Return a stream of a view's own: both may be given generators of the same seed."""
    return np.random.default_rng([view, *generator.integers(2**32, size=4)])


def _wall(land_mask: NDArray[np.bool_], generator: np.random.Generator) -> Scatterers:
    """Return bright points where the radar meets the wall between water and land."""
    edge = land_mask[:, 1:] & ~land_mask[:, :-1]
    rows, columns = np.nonzero(edge)
    strength = generator.exponential(1.0, rows.size) * 10 ** (generator.uniform(-4, 5) / 10)
    jitter = generator.uniform(-0.5, 0.5, rows.size)
    return Scatterers(rows + jitter, columns + np.float64(0.5), strength)


def _buoys(places: NDArray[np.float64], generator: np.random.Generator) -> Scatterers:
    rcs = 10 ** (generator.uniform(10, 20, len(places)) / 10)
    return Scatterers(places[:, 0], places[:, 1], rcs)


def _block(stack: Stack, spacing: float, generator: np.random.Generator) -> Scatterers:
    """Return points along the edges of a block, as strong as those of a ship."""
    count = max(6, round(2 * stack.length))
    along = generator.uniform(-0.5, 0.5, count) * stack.length
    across = generator.choice([-0.5, 0.0, 0.5], count) * stack.width
    cos, sin = np.cos(stack.heading), np.sin(stack.heading)
    strength = generator.exponential(1.0, count)
    total = 10 ** (generator.uniform(-3, 8) / 10) * stack.length * stack.width * spacing**2
    return Scatterers(
        stack.row + along * sin + across * cos,
        stack.column + along * cos - across * sin,
        strength * (total / strength.sum()),
    )


def _bridge(ship: Ship, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels of a ship's superstructure."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    along, across = ship.local(rows, columns)
    place = along / ship.length
    return (place > -0.47) & (place < -0.34) & (np.abs(across) < 0.8 * half_width(ship, along))


def _paint(
    image: NDArray[np.float64], mask: NDArray[np.bool_], colour: NDArray[np.float64]
) -> None:
    image[mask] = colour
