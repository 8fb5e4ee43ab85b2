"""Writing the manifest of many data sets."""

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track

from mmsar.datasets.pretraining.chips import Making, Measured, Part, measure, write_parts
from mmsar.datasets.pretraining.selection import (
    Candidate,
    Choices,
    SetResult,
    choose,
    limit,
    note_tests,
    without_near,
)
from mmsar.datasets.pretraining.sets import SETS, PretrainingSet
from mmsar.datasets.pretraining.source_files import held_out_files, list_files
from mmsar.datasets.recognition.manifest import Chip, write_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.io import replacing

MANIFEST = 'manifest.csv'
LEFT_OUT = 'left_out.csv'
_LISTED = 20


def build_manifest(
    folders: Mapping[str, Path], out: Path, making: Making, choices: Choices
) -> list[SetResult]:
    """List the chips of some data sets, and write those that have to be made.

    Images that are small enough, of 8 bits and one band stay where they are. Slices, and chips of
    images with other values or several bands, are written as ``chips/SET/...png``.

    Left out: test parts; what equals a test image or an earlier chip, of any set, pixel by pixel;
    chips of one value.

    Written to ``out``: ``chips/``; ``left_out.csv``, everything that was left out, with the reason;
    at last ``manifest.csv``, for :class:`mmsar.SARChips`.

    Args:
        folders: Of the sets, by key.
        out: Folder for all this.
        making: How chips are made; ``size``, ``whole`` and ``variable`` are those of the sets.
        choices: What to leave out.

    Returns:
        One result a set.

    Raises:
        ConfigError: An option is wrong, or ``out`` has a manifest.
        DataError: A set has no images, or a file cannot be read.
    """
    making.check()
    _require_valid(folders, out, choices)
    items = [item for item in SETS if item.key in folders]
    files, tests = {}, {}
    for item in items:  # of all, before hours of reading
        folder = folders[item.key]
        files[item.key] = list_files(item, folder)
        known = not {'*', item.key} & set(choices.keep_tests)
        further = choices.tests.get(item.key, ())
        tests[item.key] = held_out_files(item, folder, files[item.key], further, known)
    results, measured = [], {}
    for item in items:
        measured[item.key] = _measure_all(item, folders[item.key], files[item.key], making, choices)
        results.append(SetResult(item, len(files[item.key])))
    _require_readable(results, measured, folders, choices)
    # What equals a test image is left out of all sets, so these are known first.
    seen: dict[bytes, str] = {}
    for item in items:
        note_tests(item, measured[item.key], tests[item.key], seen)
    for result in results:
        key = result.item.key
        candidates = choose(result, measured[key], tests[key], seen)
        candidates = without_near(result, candidates, choices.near)
        candidates = limit(result, candidates, choices)
        _write(result, candidates, folders[key], out, _making(result.item, making), choices)
    left_out = out / LEFT_OUT
    with (
        replacing(left_out) as temporary,
        temporary.open('w', newline='', encoding='utf-8') as file,
    ):
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('set', 'path', 'reason'))
        writer.writerows((r.item.key, *entry) for r in results for entry in r.left_out)
    chips = [chip for result in results for chip in result.chips]
    if not chips:
        raise DataError(f'no chips are left; {left_out} says why')
    write_manifest(out / MANIFEST, chips)
    return results


def _require_valid(folders: Mapping[str, Path], out: Path, choices: Choices) -> None:
    for key in (*choices.keep_tests, *choices.tests):
        if key not in ('*', *folders):
            raise ConfigError(f'{key!r} is none of the sets that are read: {", ".join(folders)}')
    if choices.near is not None and not 0 < choices.near < 1:
        raise ConfigError(f'near={choices.near:g}: give a correlation between 0 and 1')
    if (out / MANIFEST).exists():
        raise ConfigError(f'{out / MANIFEST} exists: remove it with the chips, or choose another')
    for key, folder in folders.items():
        if folder.resolve() in (out.resolve(), *out.resolve().parents):
            raise ConfigError(f'{out} is in the folder of {key}: its chips would become images')


def _making(item: PretrainingSet, making: Making) -> Making:
    return making._replace(size=item.size, whole=item.whole, variable=item.variable)


def _measure_all(
    item: PretrainingSet, folder: Path, files: list[str], making: Making, choices: Choices
) -> dict[str, Measured]:
    making = _making(item, making)._replace(describe=choices.near is not None)
    paths = [str(folder / name) for name in files]
    jobs = _map(partial(measure, making=making), paths, choices.processes)
    found = track(jobs, f'reading {item.title}', total=len(paths))
    return dict(zip(files, found, strict=True))


def _map(function: Callable[[Any], Any], jobs: Sequence[Any], processes: int) -> Iterator[Any]:
    if processes == 1:
        yield from map(function, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(function, jobs, chunksize=16)


def _require_readable(
    results: Sequence[SetResult],
    measured: Mapping[str, Mapping[str, Measured]],
    folders: Mapping[str, Path],
    choices: Choices,
) -> None:
    """List the files that cannot be read, once; or end."""
    problems = []
    for result in results:
        for name, found in measured[result.item.key].items():
            if found.problem:
                problems.append(found.problem)
                text = found.problem.replace(str(folders[result.item.key] / name), 'it')
                result.left_out.append((name, f'unreadable: {text}'))
    if problems and not choices.skip_corrupt:
        lines = [f'  {problem}' for problem in problems[:_LISTED]]
        lines += [f'  and {len(problems) - _LISTED} more'] * (len(problems) > _LISTED)
        raise DataError(
            f'{len(problems)} files cannot be read:\n'
            + '\n'.join(lines)
            + '\nReplace or remove them, or leave them out with --skip-corrupt'
        )


def _write(
    result: SetResult,
    candidates: list[Candidate],
    folder: Path,
    out: Path,
    making: Making,
    choices: Choices,
) -> None:
    """Write the chips of a set that are no files of it, and list all."""
    key = result.item.key
    jobs: dict[str, list[tuple[Part, Path]]] = {}
    for name, part, ready in candidates:
        target = folder / name
        if not ready:
            band = '' if part.band < 0 else f'_b{part.band}'
            # With the whole name: those of MSTAR differ in their suffix only.
            target = (
                out / 'chips' / key / f'{name}{band}_{part.window.row}_{part.window.column}.png'
            )
            jobs.setdefault(str(folder / name), []).append((part, target))
        path = Path(os.path.relpath(target, out)).as_posix()
        result.chips.append(Chip(path, key, '', f'{key}/{name}', *part.window))
    done = _map(partial(_write_job, making), list(jobs.items()), choices.processes)
    for _ in track(done, f'writing {result.item.title}', total=len(jobs)):
        pass


def _write_job(making: Making, job: tuple[str, list[tuple[Part, Path]]]) -> None:
    write_parts(job[0], making, job[1])
