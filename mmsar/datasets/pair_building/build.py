"""Writing a set of optical-SAR pairs from registered scenes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mmsar.datasets.pair_building.patches import Grid, Split
from mmsar.datasets.pair_building.quality import Figures, Limits, entropy, structure
from mmsar.datasets.pair_building.review import (
    Doubtful,
    key,
    read_decisions,
    thumbnail,
    write_review,
    write_sheets,
)
from mmsar.datasets.pair_building.seams import seam
from mmsar.datasets.pair_building.similar import describe, find_similar
from mmsar.datasets.pair_building.source import SceneSource, opened
from mmsar.errors import DataError
from mmsar.io import Window, replacing, write_raster

LIST = 'pairs.csv'
REVIEW = 'review.csv'
_COLUMNS = (
    *('sar', 'optical', 'group', 'row', 'column', 'size', 'part', 'kept', 'reason'),
    *(*Figures._fields, 'similarity', 'similar_to'),
)


@dataclass
class Patch:
    """A patch of a scene, and what is decided about it.

    Attributes:
        source: Its scene.
        window: Its place.
        figures: What was measured.
        description: See :func:`mmsar.datasets.pair_building.similar.describe`.
        reason: Why it is left out, or ``''``.
        doubt: What a person should look at, or ``''``.
        decision: Of a person, ``keep``, ``drop`` or ``''``.
        similarity: Highest to a patch before it.
        similar_to: Name of that patch.
        part: ``train`` or ``val``, if it is kept.
    """

    source: SceneSource
    window: Window
    figures: Figures
    description: NDArray[np.float32] = field(repr=False)
    reason: str = ''
    doubt: str = ''
    decision: str = ''
    similarity: float = 0.0
    similar_to: str = ''
    part: str = ''

    @property
    def name(self) -> str:
        """Of its two files."""
        return f'{self.source.name}_{self.window.row}_{self.window.column}.png'


def build_pairs(
    sources: Sequence[SceneSource],
    out: Path,
    grid: Grid,
    limits: Limits,
    split: Split,
    processes: int = 1,
) -> list[Patch]:
    """Cut scenes into patch pairs, leave out what is not worth keeping, and write the rest.

    Written: ``sar/`` and ``optical/`` (PNG); ``review.csv`` and ``review_1.png`` and so on, the
    doubtful patches; at last ``pairs.csv``, all patches. Without ``pairs.csv`` the set is not
    finished. Decisions in a ``review.csv`` that is there are followed.

    Args:
        sources: The scenes.
        out: Folder of the set.
        grid: How scenes are cut.
        limits: What patches must keep to.
        split: How they are divided.
        processes: Patches are read and written by so many processes.

    Returns:
        All patches.

    Raises:
        ConfigError: A part is empty.
        DataError: A scene is smaller than a patch, decisions are about other patches, or no patch
            is left.
    """
    opened.cache_clear()
    decisions = read_decisions(out / REVIEW)
    _former_files(out)
    rows = []
    for source in sources:
        windows = grid.windows(source.shape)
        if not windows:
            raise DataError(
                f'{source.sar} has {source.shape[0]} rows and {source.shape[1]} columns, less than '
                f'a patch of {grid.size}'
            )
        rows += [(source, list(row)) for _, row in groupby(windows, lambda window: window.row)]
    _require_known(decisions, [key(source.name, w) for source, row in rows for w in row], out)
    patches = [
        patch
        for row in track(_map(_measure_row, rows, processes), 'measuring', total=len(rows))
        for patch in row
    ]
    _judge(patches, limits, decisions)
    _divide(patches, split, grid)
    kept = [patch for patch in patches if not patch.reason]
    if not kept:
        counts = {reason: sum(p.reason == reason for p in patches) for reason in _reasons(patches)}
        raise DataError(
            f'none of {len(patches)} patches is left ('
            + ', '.join(f'{reason}: {count}' for reason, count in counts.items())
            + '); look at the images, or set other limits'
        )
    for path in _former_files(out):
        path.unlink(missing_ok=True)
    jobs = [(patch.source, patch.window, patch.name) for patch in kept]
    for _ in track(_map(partial(_write, out), jobs, processes), 'writing', total=len(jobs)):
        pass
    _write_doubtful(out, patches)
    _write_list(out / LIST, patches)
    opened.cache_clear()
    return patches


def _map(function: Any, jobs: Sequence[Any], processes: int) -> Iterator[Any]:
    if processes == 1:
        yield from map(function, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(function, jobs, chunksize=1)


def _measure_row(job: tuple[SceneSource, list[Window]]) -> list[Patch]:
    source, windows = job
    return [_measure(source, window) for window in windows]


def _measure(source: SceneSource, window: Window) -> Patch:
    images = source.read(window)
    optical = _grey(images.optical)
    figures = Figures(
        missing=float(images.missing.mean()),
        entropy=entropy(optical),
        structure=min(structure(images.sar_8bit), structure(optical)),
        seam=seam(optical),
    )
    return Patch(source, window, figures, describe(optical))


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.shape[2] == 1:
        return image[..., 0]
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _judge(patches: list[Patch], limits: Limits, decisions: dict[Any, bool]) -> None:
    """Decide which patches are kept."""
    for patch in patches:
        patch.reason, doubtful = limits.judge(patch.figures)
        if doubtful:
            patch.doubt = patch.reason or 'near a limit'
        decision = decisions.get(key(patch.source.name, patch.window))
        if decision is not None:
            patch.decision = 'keep' if decision else 'drop'
            patch.doubt = patch.doubt or 'decided'
            patch.reason = '' if decision else 'review'
    passed = [patch for patch in patches if not patch.reason]
    if not passed:
        return
    similarity, place = find_similar(
        np.stack([patch.description for patch in passed]), limits.max_similarity
    )
    for patch, value, other in zip(passed, similarity.tolist(), place.tolist(), strict=True):
        patch.similarity = value
        patch.similar_to = passed[other].name if other >= 0 else ''
        if patch.decision:
            continue
        if value > limits.max_similarity:
            patch.reason = 'similar'
        elif limits.nearly_similar(value):
            patch.doubt = f'similar to {patch.similar_to}'


def _divide(patches: list[Patch], split: Split, grid: Grid) -> None:
    """Divide the kept patches into parts; those between the parts are left out."""
    kept = [patch for patch in patches if not patch.reason]
    if not kept:
        return
    parts = split.parts([p.source.name for p in kept], [p.window for p in kept], grid)
    for patch, part in zip(kept, parts, strict=True):
        if part == 'gap':
            patch.reason = 'gap'
        else:
            patch.part = part


def _reasons(patches: Iterable[Patch]) -> list[str]:
    return sorted({patch.reason for patch in patches})


def _require_known(decisions: dict[Any, bool], places: list[Any], out: Path) -> None:
    unknown = sorted(decisions.keys() - set(places))
    if unknown:
        raise DataError(
            f'{out / REVIEW} decides about {len(unknown)} patches that are not cut now, such as '
            f'{unknown[0]} (scene, row, column, size): use the same scenes, size and overlap, or '
            'move it away'
        )


def _former_files(out: Path) -> list[Path]:
    """Return the files of an earlier run, the list first: it makes them a set."""
    path = out / LIST
    if not path.is_file():
        return []
    with path.open(newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise DataError(f'{path} was not written by this tool; choose another folder')
        names = [Path(row['sar']).name for row in reader if row['kept'] == '1']
    return [path, *(out / folder / name for folder in ('sar', 'optical') for name in names)]


def _write(out: Path, job: tuple[SceneSource, Window, str]) -> None:
    source, window, name = job
    images = source.read(window)
    write_raster(out / 'sar' / name, images.sar)
    write_raster(out / 'optical' / name, images.optical)


def _write_doubtful(out: Path, patches: list[Patch]) -> None:
    doubtful = [patch for patch in patches if patch.doubt]
    entries = [
        Doubtful(p.source.name, p.window, not p.reason, p.doubt, p.decision) for p in doubtful
    ]
    images = []
    for patch in track(doubtful, 'drawing doubtful patches'):
        pair = patch.source.read(patch.window)
        images.append((thumbnail(pair.sar_8bit), thumbnail(pair.optical)))
    write_sheets(out, entries, images)
    write_review(out / REVIEW, entries)


def _write_list(path: Path, patches: list[Patch]) -> None:
    with replacing(path) as temporary, temporary.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for patch in patches:
            row, column, size, _ = patch.window
            writer.writerow(
                (
                    *(f'sar/{patch.name}', f'optical/{patch.name}', patch.source.name),
                    *(row, column, size, patch.part, int(not patch.reason), patch.reason),
                    *(f'{value:.4g}' for value in (*patch.figures, patch.similarity)),
                    patch.similar_to,
                )
            )
