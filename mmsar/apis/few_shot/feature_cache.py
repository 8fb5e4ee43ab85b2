"""Features that are computed once and kept on the disk, block by block."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mmsar
from mmsar.errors import DataError
from mmsar.io import replacing

BLOCK = 128  # images; a run that was killed loses one

Block = Mapping[str, NDArray[Any]]


def digest(content: Any) -> str:
    """Return a short hash of what JSON can hold; of anything else, its text counts."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def features_key(encoder: Any, images: str, pool: str) -> str:
    """Return the name under which features are kept: everything that they depend on.

    Args:
        encoder: Settings of network, preprocessor and pipeline, and a hash of the weights.
        images: Hash of the images.
        pool: How tokens are pooled.
    """
    return digest([encoder, images, pool, mmsar.__version__])


def cached_features(
    folder: Path,
    keys: Mapping[str, str],
    count: int,
    compute: Callable[[Sequence[int], Sequence[str]], Block],
    done: Callable[[int], None],
) -> dict[str, NDArray[Any]]:
    """Return features of images, those that are on the disk from there.

    Args:
        folder: Where they are kept.
        keys: Of each kind that is wanted, see :func:`features_key`.
        count: Images.
        compute: Called with places of images and kinds; returns (n, L, C) of each kind.
        done: Called with the number of images that were got, block after block.

    Returns:
        (N, L, C) of each kind, float32.

    Raises:
        DataError: A file of them is damaged.
    """
    blocks: dict[str, list[NDArray[Any]]] = {kind: [] for kind in keys}
    for first in range(0, count, BLOCK):
        places = range(first, min(first + BLOCK, count))
        paths = {kind: folder / key / f'{first:07d}.npy' for kind, key in keys.items()}
        missing = [kind for kind, path in paths.items() if not path.is_file()]
        made = compute(places, missing) if missing else {}
        for kind, path in paths.items():
            if kind in made:
                _save(path, made[kind])
            # What was kept is read back, so that a second run has the same values.
            blocks[kind].append(_load(path, len(places)))
        done(len(places))
    return {kind: joined(parts).astype(np.float32) for kind, parts in blocks.items()}


def joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return parts (n, L, C) of features as one array.

    Raises:
        DataError: Images of other sizes have others.
    """
    shapes = sorted({part.shape[1:] for part in parts})
    if len(shapes) > 1:
        raise DataError(
            f'the chips have {shapes[0][0]} x {shapes[0][1]} to {shapes[-1][0]} x {shapes[-1][1]} '
            'values, for they differ in size; put mmsar.ResizeChip into the test pipeline'
        )
    return np.concatenate(parts)


def _save(path: Path, values: NDArray[Any]) -> None:
    kept = values.astype(np.float32)
    if values.shape[1] > 1 and np.abs(kept).max() <= np.finfo(np.float16).max:
        # All tokens take much room; their rounding is far below what separates chips.
        kept = kept.astype(np.float16)
    with replacing(path) as temporary, temporary.open('wb') as file:
        np.save(file, kept)


def _load(path: Path, count: int) -> NDArray[Any]:
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f'{path} cannot be read ({error}); delete it') from error
    if values.ndim != 3 or len(values) != count:
        raise DataError(f'{path} holds other features than {count} images have; delete it')
    return values
