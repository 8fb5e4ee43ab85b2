"""Migrated images beside their contents and references."""

import os
from collections.abc import Mapping

import torch
from torch import Tensor

from mmsar.figure import new_figure
from mmsar.models.losses.homogeneous import equivalent_looks, homogeneous_places, to_intensity
from mmsar.visualization.marks import save


def draw_migration(
    path: str | os.PathLike[str],
    columns: Mapping[str, Tensor],
    styles: Tensor,
    patch: int = 8,
    domain: str = 'amplitude',
    power: float = 1.0,
) -> None:
    """Draw a row for each content, on one grey scale; the last column has the references.

    Below each column stands the mean number of looks of its homogeneous patches.

    Args:
        path: PNG file.
        columns: Images by title, each (N, 1, H, W), in [0, 1].
        styles: References, (S, 1, H, W).
        patch: Rows and columns of a homogeneous patch, in pixels.
        domain: See :func:`mmsar.models.losses.homogeneous.to_intensity`.
        power: See there.
    """
    rows = max(map(len, columns.values()))
    every = {**columns, 'references': styles[:rows]}
    figure = new_figure(1.6 * len(every), 1.6 * rows + 0.7)
    grid = figure.subplots(rows, len(every), squeeze=False)
    top = float(torch.cat([images.flatten() for images in every.values()]).quantile(0.999))
    for number, (title, images) in enumerate(every.items()):
        for row in range(rows):
            axes = grid[row, number]
            axes.set(xticks=[], yticks=[], frame_on=False)
            if row < len(images):
                axes.imshow(
                    images[row, 0].numpy(), cmap='gray', vmin=0, vmax=top, interpolation='nearest'
                )
        grid[0, number].set_title(title, fontsize=8)
        looks = mean_looks(styles if title == 'references' else images, patch, domain, power)
        grid[-1, number].set_xlabel(f'ENL {looks:.1f}', fontsize=8)
    save(figure, path)


def mean_looks(images: Tensor, patch: int, domain: str, power: float) -> float:
    """Return the mean number of looks of all homogeneous patches, NaN if there are none."""
    places = homogeneous_places(images, patch, domain, power=power)
    intensity = to_intensity(images[:, 0].double(), domain, power)
    patches = intensity.unfold(1, patch, 1).unfold(2, patch, 1)[places]
    return float(equivalent_looks(patches.flatten(1)).mean())
