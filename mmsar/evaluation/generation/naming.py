"""The figures of generated images by name, and what each means."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmsar.evaluation.generation.glcm import PROPERTIES

Figures = dict[str, float]


class Kind(NamedTuple):
    """What a figure is.

    Attributes:
        kind: ``distance``, ``ratio`` or ``difference`` (signed) to the real images; ``share``, a
            value with an end of its own; ``error`` of another figure.
        same: Its value for another set of the same distribution, as large as one likes; None where
            it depends on the data.
    """

    kind: str
    same: float | None


KINDS: Mapping[str, Kind] = {
    'ENL_ratio': Kind('ratio', 1.0),
    'amplitude_KS': Kind('distance', 0.0),
    'amplitude_Wasserstein': Kind('distance', 0.0),
    'GLCM': Kind('distance', 0.0),
    'spectrum_dB': Kind('distance', 0.0),
    'high_frequency_ratio': Kind('ratio', 1.0),
    'KID': Kind('distance', 0.0),
    'KID_error': Kind('error', None),
    'precision': Kind('share', None),
    'recall': Kind('share', None),
    'density': Kind('share', 1.0),
    'coverage': Kind('share', None),
}


def kind_of(name: str) -> Kind:
    """Return what a figure is; those of one property and distance are not in :data:`KINDS`."""
    return KINDS.get(name, Kind('difference', 0.0))


def glcm_names(distances: Sequence[int]) -> list[str]:
    """Return the names of the differences of co-occurrence matrices, (distances, properties)."""
    return [f'GLCM_{name}_{distance}' for distance in distances for name in PROPERTIES]
