"""How well distances tell pairs that match from pairs that do not: functions of plain arrays.

A pair is said to match if its distance is at most the threshold.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmsar.errors import DataError


@dataclass(frozen=True, eq=False)
class Curve:
    """Pairs said to match, for each threshold that makes a difference.

    Attributes:
        thresholds: (T,), the different distances in ascending order.
        true: (T + 1,), matching pairs said to match: none of them, then those up to each threshold.
        false: (T + 1,), non-matching pairs said to match, likewise.
    """

    thresholds: NDArray[np.float64]
    true: NDArray[np.float64]
    false: NDArray[np.float64]

    @property
    def matches(self) -> float:
        """Number of matching pairs."""
        return float(self.true[-1])

    @property
    def others(self) -> float:
        """Number of pairs that do not match."""
        return float(self.false[-1])

    def auc(self) -> float:
        """Return the area under the ROC curve; NaN without pairs of both kinds.

        It is the probability that a matching pair has the smaller distance of the two; equal
        distances count half (Mann and Whitney, 1947).
        """
        return _area(self.true, self.false)

    def eer(self) -> float:
        """Return the equal error rate: where as large a part of both kinds is judged wrongly.

        Between two thresholds the ROC curve is a straight line. NaN without pairs of both kinds.
        """
        if not (self.matches and self.others):
            return float('nan')
        missed = 1 - self.true / self.matches
        passed = self.false / self.others
        after = int(np.argmax(passed >= missed))  # not 0: there, nothing passes
        gap = (missed - passed)[[after - 1, after]]
        share = gap[0] / (gap[0] - gap[1])
        return float(passed[after - 1] + share * (passed[after] - passed[after - 1]))

    def best_threshold(self) -> float:
        """Return the threshold with the highest accuracy on these pairs, the lowest of several.

        It lies in the middle between the distances next to it.
        """
        right = self.true + self.others - self.false
        cut = int(right.argmax())
        if cut == 0:
            return float(np.nextafter(self.thresholds[0], -np.inf))
        low = self.thresholds[cut - 1]
        if cut == len(self.thresholds):
            return float(low)
        middle = low + (self.thresholds[cut] - low) / 2
        # Neighbouring floating-point numbers have no middle.
        return float(middle if middle < self.thresholds[cut] else low)


def require_pairs(
    distances: ArrayLike, labels: ArrayLike, names: list[str] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Check distances and labels.

    Args:
        distances: (N,).
        labels: (N,), 1 for a pair that matches, 0 for another.
        names: (N,), of the pairs, for messages.

    Raises:
        DataError: There are none, their numbers differ, or a value is out of place.
    """
    values, kinds = np.asarray(distances, np.float64), np.asarray(labels)
    if values.ndim != 1 or values.shape != kinds.shape:
        raise DataError(
            f'{values.shape} distances and {kinds.shape} labels; give one of each a pair'
        )
    if not len(values):
        raise DataError('there are no pairs to evaluate; is the data set empty?')
    if not np.isin(kinds, (0, 1)).all():
        raise DataError(f'labels are {np.unique(kinds)[:5].tolist()}; 1 is a match, 0 is none')
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        first = f' (first: {names[bad[0]]})' if names else f' (first: number {bad[0]})'
        raise DataError(
            f'{len(bad)} of {len(values)} distances are not finite{first}; either the images hold '
            'values that are not finite, or the weights do: see the loss in the log of training'
        )
    return values, kinds.astype(bool)


def curve(distances: ArrayLike, labels: ArrayLike) -> Curve:
    """Count the pairs up to each distance; see :func:`require_pairs` for arguments and errors."""
    values, kinds = require_pairs(distances, labels)
    order, ends = _ascending(values)
    true, false = _counts(kinds[order].astype(np.float64), np.ones(len(values)), ends)
    return Curve(values[order][ends], true, false)


def rates(distances: ArrayLike, labels: ArrayLike, threshold: float) -> dict[str, float]:
    """Return ``accuracy``, ``precision`` and ``recall``; a match is positive.

    NaN stands for precision where nothing is said to match, and recall where nothing does.
    """
    values, kinds = require_pairs(distances, labels)
    said = values <= threshold
    hits = float((said & kinds).sum())
    return {
        'accuracy': float((said == kinds).mean()),
        'precision': _ratio(hits, float(said.sum())),
        'recall': _ratio(hits, float(kinds.sum())),
    }


def auc_interval(
    distances: ArrayLike,
    labels: ArrayLike,
    clusters: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of the AUC by the percentile bootstrap.

    Whole clusters are drawn with replacement, so pairs that depend on one another, such as those of
    one scene, do not make the interval too narrow (Field and Welsh, 2007).

    Args:
        distances: See :func:`require_pairs`.
        labels: Likewise.
        clusters: (N,), what a pair belongs to. Default: each pair is one.
        resamples: Number of draws.
        seed: Of the draws.

    Returns:
        Lower and upper end; NaN with fewer than two clusters, or where most draws lack one kind.
    """
    values, kinds = require_pairs(distances, labels)
    members = np.arange(len(values)) if clusters is None else np.asarray(clusters)
    names, numbers = np.unique(members, return_inverse=True)
    if len(names) < 2:
        return float('nan'), float('nan')
    order, ends = _ascending(values)
    matching, numbers = kinds[order].astype(np.float64), numbers[order]
    generator = np.random.default_rng(seed)
    areas = np.empty(resamples)
    for draw in range(resamples):
        drawn = generator.integers(len(names), size=len(names))
        weights = np.bincount(drawn, minlength=len(names))[numbers].astype(np.float64)
        areas[draw] = _area(*_counts(matching, weights, ends))
    areas = areas[~np.isnan(areas)]
    if len(areas) <= resamples / 2:
        return float('nan'), float('nan')
    low, high = np.percentile(areas, (2.5, 97.5))
    return float(low), float(high)


def _ascending(values: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the ascending order, and the last place of each run of equal values in it."""
    order = np.argsort(values, kind='stable')
    return order, np.flatnonzero(np.append(np.diff(values[order]) > 0, True))


def _counts(matching: NDArray[Any], weights: NDArray[Any], ends: NDArray[np.intp]) -> list[Any]:
    """Return the sums of weights up to each end, of matching pairs and of others; 0 is first."""
    return [
        np.concatenate([[0.0], np.cumsum(weights * kind)[ends]])
        for kind in (matching, 1 - matching)
    ]


def _area(true: NDArray[Any], false: NDArray[Any]) -> float:
    matches, others = float(true[-1]), float(false[-1])
    if not (matches and others):
        return float('nan')
    return float(np.trapezoid(true, false)) / (matches * others)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float('nan')
