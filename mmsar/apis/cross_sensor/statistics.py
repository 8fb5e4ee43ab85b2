"""Means, spread, and paired intervals over seeds."""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from mmsar.apis.initialisation.table import paired_difference


@dataclass(frozen=True)
class Summary:
    """A figure over the seeds; None where it needs more of them.

    Attributes:
        count: Number of seeds.
        mean: Over them.
        deviation: Standard deviation over them; None with one seed.
        difference: Mean of the differences to the reference, seed by seed; None without one.
        half_width: Of its 95 % interval (Student's, n - 1 degrees of freedom); None with one seed.
    """

    count: int
    mean: float
    deviation: float | None
    difference: float | None = None
    half_width: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return (
            self.difference is not None
            and self.half_width is not None
            and abs(self.difference) > self.half_width
        )


def summarise(
    values: Mapping[int, float], reference: Mapping[int, float] | None = None
) -> Summary | None:
    """Summarise a figure.

    Args:
        values: By seed.
        reference: Of another row; the seeds that both have are compared.

    Returns:
        None without a value.
    """
    if not values:
        return None
    several = list(values.values())
    deviation = statistics.stdev(several) if len(several) > 1 else None
    difference: float | None = None
    width: float | None = None
    if reference is not None:
        found = paired_difference(values, reference)
        difference = None if math.isnan(found.mean) else found.mean
        width = found.half_width if math.isfinite(found.half_width) else None
    return Summary(len(several), statistics.mean(several), deviation, difference, width)
