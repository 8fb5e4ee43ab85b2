"""Precision and recall of generation, on the features of any network."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed

NEIGHBOURS, DENSITY_NEIGHBOURS = 3, 5
_MOST = 5000  # images, whose distances to one another take 200 MB


class ManifoldOverlap(NamedTuple):
    """How two sets cover each other. A manifold is a union of balls around images of a set.

    Attributes:
        precision: Share of generated images within the manifold of real ones: are they like them?
        recall: Share of real images within the manifold of generated ones: is all of it generated?
        density: Mean number of real balls around a generated image, over their neighbours; may be
            above 1. Unlike precision, a single real outlier hardly raises it.
        coverage: Share of real balls with a generated image in them. Unlike recall, generated
            outliers do not raise it.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_overlap(
    real: NDArray[Any],
    generated: NDArray[Any],
    neighbours: int = NEIGHBOURS,
    density_neighbours: int = DENSITY_NEIGHBOURS,
    seed: int = 0,
) -> ManifoldOverlap:
    """Return precision, recall, density and coverage.

    The ball around an image reaches to its k-th nearest neighbour within its set. All depend on the
    number of images: of the larger set as many are drawn as the smaller one has, and no more than
    5000. Sources: Kynkaanniemi et al., Improved precision and recall metric for assessing
    generative models, NeurIPS 2019; density and coverage: Naeem et al., Reliable fidelity and
    diversity metrics for generative models, ICML 2020.

    Args:
        real: Features (N, D).
        generated: Features (M, D).
        neighbours: k of precision and recall.
        density_neighbours: k of density and coverage.
        seed: Of the draw.

    Raises:
        ConfigError: k is below 1.
        DataError: Features are not finite, their numbers differ, or there are no more than k
            images.
    """
    if min(neighbours, density_neighbours) < 1:
        raise ConfigError(f'neighbours={neighbours}, {density_neighbours}: give numbers from 1')
    require_features(real, generated, max(neighbours, density_neighbours) + 1)
    count = min(len(real), len(generated), _MOST)
    rng = np.random.default_rng(derive_seed('manifold', seed))
    first, second = (
        np.asarray(part, np.float64)[np.sort(rng.permutation(len(part))[:count])]
        for part in (real, generated)
    )
    between = _squared_distances(first, second)
    of_first, of_second = (np.sort(_squared_distances(p, p), axis=1) for p in (first, second))
    # The nearest is the image itself.
    real_near, real_wide = (of_first[:, k, None] for k in (neighbours, density_neighbours))
    generated_near = of_second[None, :, neighbours]
    in_wide = between <= real_wide
    return ManifoldOverlap(
        precision=float((between <= real_near).any(axis=0).mean()),
        recall=float((between <= generated_near).any(axis=1).mean()),
        density=float(in_wide.sum(axis=0).mean() / density_neighbours),
        coverage=float(in_wide.any(axis=1).mean()),
    )


def require_features(real: NDArray[Any], generated: NDArray[Any], least: int) -> None:
    """Check features (N, D) and (M, D).

    Raises:
        DataError: They are none, are not finite, differ in D, or are of fewer images than needed.
    """
    for name, part in (('real', real), ('generated', generated)):
        if part.ndim != 2:
            raise DataError(f'features of {name} images have shape {part.shape}; give (images, D)')
        if len(part) < least:
            raise DataError(
                f'{len(part)} {name} images are too few for distances between features; '
                f'give {least} at least'
            )
        if not np.isfinite(part).all():
            raise DataError(
                f'the features of {name} images are not finite; check the network and its weights'
            )
    if real.shape[1] != generated.shape[1]:
        raise DataError(
            f'real images have {real.shape[1]} features and generated ones {generated.shape[1]}; '
            'take both from one network'
        )


def _squared_distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N, M)."""
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1) - 2 * x @ y.T
    result = np.maximum(squares, 0)
    if x is y:
        np.fill_diagonal(result, 0)
    return result
