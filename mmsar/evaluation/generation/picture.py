"""A picture of what is compared."""

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mmsar.evaluation.generation.glcm import PROPERTIES, glcm_differences
from mmsar.evaluation.generation.spectrum import spectrum_db
from mmsar.evaluation.generation.statistics import FidelitySettings, ImageStatistics
from mmsar.randomness import derive_seed
from mmsar.visualization.generation_panel import CHIPS, ImageSet, draw_image_sets


def draw_comparison(
    path: str | os.PathLike[str],
    sets: Mapping[str, tuple[NDArray[np.float32], ImageStatistics]],
    settings: FidelitySettings,
    title: str = '',
) -> None:
    """Draw images and statistics of sets side by side, the real ones first.

    Args:
        path: PNG file.
        sets: By name, amplitudes (N, H, W) and their statistics.
        settings: That statistics were taken with. The seed chooses the chips.
        title: Of the whole.
    """
    real = next(iter(sets.values()))[1]
    parts = []
    for name, (images, found) in sets.items():
        rng = np.random.default_rng(derive_seed('chips', settings.seed))
        shown = np.sort(rng.permutation(len(images))[:CHIPS])
        differences = glcm_differences(real.glcm, found.glcm).ravel()
        parts.append(
            ImageSet(
                f'{name} ({len(images)})',
                images[shown],
                found.pixels,
                found.frequency,
                spectrum_db(found.power),
                differences,
            )
        )
    textures = [f'{name} {distance}' for distance in settings.distances for name in PROPERTIES]
    draw_image_sets(path, parts, textures, title)
