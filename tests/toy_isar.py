"""A folder of small radar images: a few bright parts on black, with speckle."""

from pathlib import Path

import numpy as np
from PIL import Image


def satellite(seed: int, size: int = 48) -> np.ndarray:
    """Return (size, size), uint8: a box, two wings and some points, rotated at random."""
    rng = np.random.default_rng(seed)
    y, x = (np.mgrid[:size, :size] - (size - 1) / 2) / size
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    body = (abs(u) < 0.09) & (abs(v) < 0.09)
    wings = (abs(u) < 0.35) & (abs(v) < 0.05)
    amplitude = 150 * body + 70 * (wings & ~body)
    picture = amplitude * np.sqrt(rng.gamma(4.0, 0.25, (size, size)))
    rows, columns = rng.integers(size // 4, 3 * size // 4, (2, 4))
    picture[rows, columns] = 255
    return np.clip(picture, 0, 255).astype(np.uint8)


def make_folder(root: Path, train: int = 8, val: int = 2, size: int = 48) -> Path:
    """Write ``train`` and ``val``, and return the folder."""
    for part, count, first in (('train', train, 0), ('val', val, 100)):
        (root / part).mkdir(parents=True)
        for number in range(count):
            path = root / part / f'{number:02d}.png'
            Image.fromarray(satellite(first + number, size)).save(path)
    return root
