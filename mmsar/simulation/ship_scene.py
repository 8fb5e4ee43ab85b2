"""Small scenes of ships on the sea, as a first stand-in for real SAR images.

The sea is K-distributed: a slowly varying texture times multi-look speckle. A ship is a rotated
rectangle of bright scatterers. No sensor is modelled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter


@dataclass(frozen=True)
class ShipScene:
    """One scene.

    Attributes:
        amplitude: (size, size), float32, linear; the mean amplitude of the sea is about 1.
        boxes: (N, 4), x1, y1, x2, y2 in pixels.
    """

    amplitude: NDArray[np.float32]
    boxes: NDArray[np.float64]


def simulate_ship_scene(
    size: int,
    generator: np.random.Generator,
    max_ships: int = 5,
    looks: float = 4.0,
    texture_shape: float = 6.0,
) -> ShipScene:
    """Simulate a scene.

    Args:
        size: Height and width in pixels, at least 64.
        generator: Source of all random numbers.
        max_ships: One to this many ships, as far as they find room.
        looks: Number of looks of the speckle: intensity is Gamma with this shape.
        texture_shape: Shape of the sea's Gamma texture; smaller is spikier.

    Raises:
        ValueError: The scene is too small for a ship.
    """
    if size < 64:
        raise ValueError(f'size={size}: a scene needs at least 64 pixels a side')
    texture = gaussian_filter(generator.gamma(texture_shape, 1, (size, size)), 2)
    intensity = texture / texture.mean()
    boxes: list[tuple[float, float, float, float]] = []
    for _ in range(generator.integers(1, max_ships + 1)):
        mask = _draw_ship(size, generator, boxes)
        if mask is not None:
            # Strong scatterers, 10 to 20 dB above the sea, with stronger ones among them.
            level = 10 ** generator.uniform(1.0, 2.0)
            intensity += mask * level * generator.gamma(1.0, 1.0, (size, size))
    speckle = generator.gamma(looks, 1 / looks, (size, size))
    amplitude = np.sqrt(gaussian_filter(intensity * speckle, 0.6))
    return ShipScene(amplitude.astype(np.float32), np.array(boxes).reshape(-1, 4))


def _draw_ship(
    size: int, generator: np.random.Generator, boxes: list[tuple[float, float, float, float]]
) -> NDArray[np.bool_] | None:
    """Find room for a ship, add its box and return its pixels; None if there is no room."""
    margin = 4
    for _ in range(20):
        length = generator.uniform(18, 48)
        width = length / generator.uniform(3.5, 6)
        heading = generator.uniform(0, np.pi)
        x, y = generator.uniform(size * 0.1, size * 0.9, 2)
        rows, columns = np.mgrid[:size, :size] + 0.5
        along = (columns - x) * np.cos(heading) + (rows - y) * np.sin(heading)
        across = (rows - y) * np.cos(heading) - (columns - x) * np.sin(heading)
        # A hull tapers towards its bow.
        mask = (np.abs(along) <= length / 2) & (
            np.abs(across) <= width / 2 * np.clip((length / 2 - along) / (length * 0.25), 0, 1)
        )
        if not mask.any():
            continue
        hit_rows, hit_columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = (hit_columns[0], hit_rows[0], hit_columns[-1] + 1, hit_rows[-1] + 1)
        apart = all(
            box[0] > b[2] + margin
            or b[0] > box[2] + margin
            or box[1] > b[3] + margin
            or b[1] > box[3] + margin
            for b in boxes
        )
        if apart:
            boxes.append(tuple(float(v) for v in box))  # type: ignore[arg-type]
            return mask
    return None
