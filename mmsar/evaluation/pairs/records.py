"""What the matching metric keeps of a pair."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import DataError

_NEEDED = ('label', 'distance', 'sar_id', 'optical_id')


@dataclass(frozen=True, eq=False, slots=True)
class PairRecord:
    """A pair of images and the network's verdict.

    Attributes:
        name: File of the radar image.
        label: 1 for a pair that matches, 0 for another.
        distance: Between the codes.
        sar_id: Number of the pair in the data set that the radar image belongs to.
        optical_id: Likewise, of the optical image.
        group: Scene of the radar image, or None.
        z_sar: (n,), code of the radar image, or None.
        z_optical: (n,), code of the optical image, or None.
    """

    name: str
    label: int
    distance: float
    sar_id: int
    optical_id: int
    group: Hashable = None
    z_sar: NDArray[np.float32] | None = None
    z_optical: NDArray[np.float32] | None = None


def read_pair(sample: Mapping[str, Any]) -> PairRecord:
    """Take a pair from a sample, as ``mmsar.PairSample`` becomes a dict.

    Raises:
        DataError: A field is missing.
    """
    missing = [name for name in _NEEDED if name not in sample]
    if missing:
        raise DataError(
            f'MatchingMetric needs {", ".join(missing)} in each sample, which has '
            f'{", ".join(sorted(sample)) or "nothing"}; distances come from mmsar.BridgeNetwork, '
            'the other fields from the data set by mmsar.PackPair'
        )
    return PairRecord(
        name=str(sample.get('sar_path', f'pair {sample["sar_id"]}')),
        label=int(sample['label']),
        distance=float(sample['distance']),
        sar_id=int(sample['sar_id']),
        optical_id=int(sample['optical_id']),
        group=sample.get('sar_group'),
        z_sar=_code(sample.get('z_sar')),
        z_optical=_code(sample.get('z_optical')),
    )


def clusters(records: Sequence[PairRecord]) -> tuple[NDArray[np.intp], str]:
    """Return what each pair belongs to, as numbers, and what that is, in words.

    It is the scene of the radar image, or the image where its scene is not known.
    """
    by_scene = all(record.group is not None for record in records)
    keys = [record.group if by_scene else record.sar_id for record in records]
    known: dict[Hashable, int] = {}
    numbers = np.array([known.setdefault(key, len(known)) for key in keys], np.intp)
    return numbers, 'scenes' if by_scene else 'radar images'


def codes_by_image(
    records: Sequence[PairRecord], view: str
) -> tuple[NDArray[np.intp], NDArray[np.float32]] | None:
    """Return each image once: its numbers (M,) in ascending order, and its codes (M, n).

    Args:
        records: Pairs; an image may be in several.
        view: ``sar`` or ``optical``.

    Returns:
        None where a pair has no code.
    """
    codes: dict[int, NDArray[np.float32]] = {}
    for record in records:
        code = getattr(record, f'z_{view}')
        if code is None:
            return None
        codes.setdefault(getattr(record, f'{view}_id'), code)
    numbers = sorted(codes)
    return np.array(numbers, np.intp), np.stack([codes[number] for number in numbers])


def _code(value: Any) -> NDArray[np.float32] | None:
    if value is None:
        return None
    return np.asarray(value.detach().cpu() if hasattr(value, 'detach') else value, np.float32)
