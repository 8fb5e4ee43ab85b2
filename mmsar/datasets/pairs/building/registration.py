"""From matched points to the mapping of SAR pixels to optical pixels."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from mmsar.errors import DataError

MODELS = {'affine': 3, 'projective': 4}  # points that determine them
_ON_A_LINE = 1e-2  # spread of points across their longest direction, relative to that along it


@dataclass(frozen=True)
class Registration:
    """A mapping, and how well it fits the points it was made from.

    Attributes:
        matrix: (3, 3), homogeneous (column, row, 1) of the SAR image to those of the optical one.
        used: (N,), which points were used.
        residuals: (N,), distance of each optical point, mapped back, from its SAR point, in SAR
            pixels.
        error: Root mean square, over the points used, of what the residual of each is if the
            mapping is made from the others: the error to expect elsewhere, in SAR pixels.
    """

    matrix: NDArray[np.float64]
    used: NDArray[np.bool_]
    residuals: NDArray[np.float64]
    error: float

    @property
    def rms(self) -> float:
        """Root mean square of the residuals used, in SAR pixels."""
        return float(np.sqrt(np.mean(self.residuals[self.used] ** 2)))

    def to_optical(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map (..., 2) columns and rows of the SAR image to those of the optical one."""
        return _apply(self.matrix, places)

    def reaches(self, shape: tuple[int, int]) -> bool:
        """Tell whether the mapping is defined all over a SAR image of (rows, columns)."""
        corners = [(c, r, 1.0) for c in (0, shape[1]) for r in (0, shape[0])]
        return bool((np.array(corners) @ self.matrix[2] > 0.1).all())

    def scale(self, place: tuple[float, float]) -> float:
        """Return how many optical pixels a SAR pixel at (column, row) is wide, on average."""
        corners = np.array(place) + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        origin, across, down = self.to_optical(corners)
        first, second = across - origin, down - origin
        return float(np.sqrt(abs(first[0] * second[1] - first[1] * second[0])))


def register(
    points: NDArray[np.float64], name: str, model: str = 'affine', ransac: float | None = None
) -> Registration:
    """Fit a mapping to matched points by least squares of the distances in the optical image.

    Args:
        points: (N, 4), column and row in the SAR image, column and row in the optical one.
        name: Of the scene, for messages.
        model: ``affine`` (6 parameters) or ``projective`` (8).
        ransac: Leave out points that are further than so many SAR pixels from the mapping that
            most points agree on.

    Raises:
        DataError: There are too few points to fit and to check, or they are on one line.
    """
    least = MODELS[model] + 1  # one more than needed, or nothing could be checked
    if len(points) < least:
        raise DataError(
            f'{name} has {len(points)} points; {model} registration needs {MODELS[model]}, and one '
            'more to check it'
        )
    used = np.ones(len(points), bool)
    if ransac is not None:
        used = _agreeing(points, model, ransac)
        if used.sum() < least:
            raise DataError(
                f'{name}: only {used.sum()} of {len(points)} points agree within {ransac} pixels; '
                'check the points, or allow more'
            )
    _require_spread(points[used], name)
    matrix = _fit(points[used], model)
    left_out = []
    for number in np.flatnonzero(used):
        others = used.copy()
        others[number] = False
        left_out.append(_residuals(_fit(points[others], model), points[[number]])[0])
    error = float(np.sqrt(np.mean(np.square(left_out))))
    return Registration(matrix, used, _residuals(matrix, points), error)


def _fit(points: NDArray[np.float64], model: str) -> NDArray[np.float64]:
    """Return the matrix of the least squares fit."""
    to_sar, to_optical = _normaliser(points[:, :2]), _normaliser(points[:, 2:])
    sar, optical = _apply(to_sar, points[:, :2]), _apply(to_optical, points[:, 2:])
    design = np.column_stack([sar, np.ones(len(sar))])
    matrix = np.eye(3)
    matrix[:2] = np.linalg.lstsq(design, optical, rcond=None)[0].T
    if model == 'projective':

        def distances(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(_apply(_square(values), sar) - optical).ravel()

        fitted = least_squares(distances, matrix.ravel()[:8], method='lm')
        matrix = _square(fitted.x)
    result = np.linalg.inv(to_optical) @ matrix @ to_sar
    return np.asarray(result / result[2, 2])


def _square(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([*values, 1.0], np.float64).reshape(3, 3)


def _normaliser(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that moves points around 0 with a spread of 1: well conditioned."""
    middle = places.mean(0)
    scale = 1 / max(float(np.sqrt(((places - middle) ** 2).sum(1).mean())), 1e-9)
    return np.array(
        [[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1.0]], np.float64
    )


def _apply(matrix: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    mapped = places @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(mapped[..., :2] / mapped[..., 2:])


def _residuals(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    try:
        inverse = np.asarray(np.linalg.inv(matrix), np.float64)
    except np.linalg.LinAlgError:  # made of points on one line
        return np.full(len(points), np.inf)
    back = _apply(inverse, points[:, 2:])
    return np.asarray(np.hypot(*(back - points[:, :2]).T))


def _agreeing(points: NDArray[np.float64], model: str, distance: float) -> NDArray[np.bool_]:
    """Return which points agree on one mapping, by RANSAC."""
    optical, sar = (np.ascontiguousarray(part) for part in (points[:, 2:], points[:, :2]))
    find: Any = cv2.estimateAffine2D if model == 'affine' else cv2.findHomography
    _, mask = find(
        optical,
        sar,
        method=cv2.RANSAC,
        ransacReprojThreshold=distance,
        maxIters=5000,
        confidence=0.999,
    )
    return np.zeros(len(points), bool) if mask is None else mask.ravel().astype(bool)


def _require_spread(points: NDArray[np.float64], name: str) -> None:
    for places in (points[:, :2], points[:, 2:]):
        along, across = np.linalg.svd(places - places.mean(0), compute_uv=False)
        if across <= _ON_A_LINE * along:
            raise DataError(
                f'{name}: the points are on one line; take points from all parts of the scene'
            )
