"""Writing a set of optical-SAR pairs from registered scenes."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.progress import track

from mmsar.datasets.pairs.building.patches import Grid, Split
from mmsar.datasets.pairs.building.quality import Figures, Limits
from mmsar.datasets.pairs.building.review import (
    Doubtful,
    key,
    read_decisions,
    thumbnail,
    write_review,
    write_sheets,
)
from mmsar.datasets.pairs.building.selection import Patch, divide, judge, measure
from mmsar.datasets.pairs.building.source import SceneSource, opened
from mmsar.errors import DataError
from mmsar.io import Window, replacing, write_raster

LIST = 'pairs.csv'
REVIEW = 'review.csv'
UNFINISHED = '.unfinished'  # while files are written: the names of all that may be there
_COLUMNS = (
    *('sar', 'optical', 'group', 'row', 'column', 'size', 'part', 'kept', 'reason'),
    *(*Figures._fields, 'similarity', 'similar_to'),
)


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
    finished; the next run removes its files, which ``.unfinished`` lists. Decisions in a
    ``review.csv`` that is there are followed.

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
    judge(patches, limits, decisions)
    divide(patches, split, grid)
    kept = [patch for patch in patches if not patch.reason]
    if not kept:
        counts = {reason: sum(p.reason == reason for p in patches) for reason in _reasons(patches)}
        raise DataError(
            f'none of {len(patches)} patches is left ('
            + ', '.join(f'{reason}: {count}' for reason, count in counts.items())
            + '); look at the images, or set other limits'
        )
    _remove_former(out, [patch.name for patch in kept])
    jobs = [(patch.source, patch.window, patch.name) for patch in kept]
    for _ in track(_map(partial(_write, out), jobs, processes), 'writing', total=len(jobs)):
        pass
    _write_doubtful(out, patches)
    _write_list(out / LIST, patches)
    (out / UNFINISHED).unlink()
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
    return [measure(source, window) for window in windows]


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


def _former_files(out: Path) -> list[str]:
    """Return the names of the images of an earlier run, also of one that was stopped."""
    path, unfinished = out / LIST, out / UNFINISHED
    names = unfinished.read_text(encoding='utf-8').split() if unfinished.is_file() else []
    if not path.is_file():
        return names
    with path.open(newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise DataError(f'{path} was not written by this tool; choose another folder')
        return names + [Path(row['sar']).name for row in reader if row['kept'] == '1']


def _remove_former(out: Path, names: list[str]) -> None:
    """Remove an earlier set, the list first: it makes the images a set.

    Args:
        out: Folder of the set.
        names: Of the images that will be written.
    """
    former = set(_former_files(out))
    # A kill may come at any time from here on; the next run then reads which files are ours.
    with replacing(out / UNFINISHED) as temporary:
        temporary.write_text('\n'.join(sorted(former.union(names))), encoding='utf-8')
    (out / LIST).unlink(missing_ok=True)
    for folder in (out / 'sar', out / 'optical'):
        for name in former:
            (folder / name).unlink(missing_ok=True)
        # What a kill in the middle of a file left: .STEM.RANDOM.png, see mmsar.io.replacing.
        for half in folder.glob('.*.*.png'):
            if f'{half.name[1:].rsplit(".", 2)[0]}.png' in former:
                half.unlink()


def _write(out: Path, job: tuple[SceneSource, Window, str]) -> None:
    source, window, name = job
    images = source.read(window)
    write_raster(out / 'sar' / name, images.sar)
    write_raster(out / 'optical' / name, images.optical)


def _write_doubtful(out: Path, patches: list[Patch]) -> None:
    doubtful = [patch for patch in patches if patch.to_review]
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
