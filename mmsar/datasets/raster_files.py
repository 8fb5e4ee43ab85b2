"""Image files in a folder, and their sizes."""

from pathlib import Path

from mmsar.datasets.checks import RASTER_SUFFIXES
from mmsar.io import open_raster


def raster_files(folder: Path) -> list[Path]:
    """Return the images in a folder by name, without hidden files."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in RASTER_SUFFIXES and not path.name.startswith('.')
    )


def image_size(path: str | Path) -> tuple[int, int]:
    """Return width and height of an image, from its header."""
    with open_raster(path) as raster:
        height, width, _ = raster.meta.shape
    return width, height
