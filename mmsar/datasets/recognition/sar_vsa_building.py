"""Making SAR-VSA from its three data sets."""

import json
import os
import shutil
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import track

from mmsar.datasets.checks import some
from mmsar.datasets.pretraining.chips import Making, Measured, measure, write_parts
from mmsar.datasets.recognition.manifest import Chip, write_manifest
from mmsar.datasets.recognition.sar_vsa import VSA_COUNTS, VSA_NAMES
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS

READERS = {
    'mstar': dict(type='mmsar.MSTAR', variant='SOC'),
    'fusar_ship': dict(type='mmsar.FUSARShip'),
    'sar_acd': dict(type='mmsar.SARACD', types='five'),
}
SPLITS = ('train', 'test')
RECORD = 'build.json'


@dataclass(frozen=True)
class Building:
    """How SAR-VSA is made.

    Attributes:
        seed: Of the parts of FUSAR-Ship and SAR-ACD that are drawn.
        redraw: Sets whose parts are drawn although their folders say them.
        complete: Refuse other counts than the published ones.
        options: Further arguments of the readers, by set.
        low: Percentile of an image that becomes 0, of values that have not 8 bits.
        high: Percentile that becomes 255.
        threads: Files that are read at a time.
    """

    seed: int = 0
    redraw: Sequence[str] = ()
    complete: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    low: float = 0.0
    high: float = 99.9
    threads: int = 1


def build_sar_vsa(
    folders: Mapping[str, Path], out: Path, building: Building
) -> dict[str, dict[str, int]]:
    """Write ``train.csv``, ``test.csv``, the chips that had to be made, and ``build.json``.

    Images of 8 bits and one band stay where they are; the lists lead to them by relative paths. Of
    others, PNG files are written to ``chips/``. Training chips with exactly the pixels of a test
    chip are left out. ``out`` is there when all of it is.

    Args:
        folders: Of the sets, by key (``mstar``, ``fusar_ship``, ``sar_acd``).
        out: A folder that is not there.
        building: Options.

    Returns:
        Chips of each class, by split.

    Raises:
        ConfigError: An option is wrong, or ``out`` is there.
        DataError: A set is not there, a file cannot be read, or with ``complete`` a count differs.
    """
    making = Making(low=building.low, high=building.high)
    making.check()
    _require_valid(folders, out, building)
    samples = {split: _find(folders, split, building) for split in SPLITS}
    paths = [sample['img_path'] for split in SPLITS for sample in samples[split]]
    with ThreadPoolExecutor(building.threads) as pool:
        jobs = pool.map(lambda path: measure(path, making), paths)
        measured = dict(zip(paths, track(jobs, 'reading chips', total=len(paths)), strict=True))
    _require_usable(measured)
    tests = {measured[sample['img_path']].digest for sample in samples['test']}
    train = [s['img_path'] for s in samples['train']]
    both = {path for path in train if measured[path].digest in tests}
    if both:
        warnings.warn(
            f'{len(both)} training chips have exactly the pixels of a test chip and are left out: '
            f'{some(sorted(both))}',
            stacklevel=2,
        )
        samples['train'] = [s for s in samples['train'] if s['img_path'] not in both]
    counts = {split: dict(Counter(s['label'] for s in samples[split])) for split in SPLITS}
    if building.complete:
        _require_complete(counts)
    partial = out.with_name(f'.{out.name}.partial')
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was stopped
    partial.mkdir(parents=True)
    try:
        for split in SPLITS:
            chips = [
                _write(sample, measured[sample['img_path']], folders, out, partial, making)
                for sample in track(samples[split], f'writing {split}')
            ]
            write_manifest(partial / f'{split}.csv', chips)
        record = {'seed': building.seed, 'redraw': list(building.redraw), 'counts': counts}
        (partial / RECORD).write_text(json.dumps(record, indent=1) + '\n', encoding='utf-8')
        partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return counts


def _require_valid(folders: Mapping[str, Path], out: Path, building: Building) -> None:
    if not folders:
        raise ConfigError(f'give the folder of a data set: {", ".join(READERS)}')
    for key in (*folders, *building.options, *building.redraw):
        if key not in READERS:
            raise ConfigError(f'{key!r} is none of {", ".join(READERS)}')
    if 'mstar' in building.redraw:
        raise ConfigError('the parts of mstar follow its protocol; they are not drawn')
    if out.exists():
        raise ConfigError(f'{out} exists: remove it, or choose another folder')
    for key, folder in folders.items():
        if folder.resolve() in out.resolve().parents:
            raise ConfigError(f'{out} is in the folder of {key}: its chips would become images')


def _find(folders: Mapping[str, Path], split: str, building: Building) -> list[dict[str, Any]]:
    """Return the samples of a split with their class in SAR-VSA, in the order of the sets."""
    found = []
    for key, folder in folders.items():
        config = {**READERS[key], **building.options.get(key, {})}
        if key != 'mstar':
            config |= {'seed': building.seed, 'redraw': key in building.redraw}
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # the counts are printed in the end
            dataset = DATASETS.build(
                dict(
                    data_root=str(folder),
                    split=split,
                    check='names',
                    serialize_data=False,
                    **config,
                )
            )
        classes = dataset.metainfo['classes']
        for number in range(len(dataset)):
            info = dataset.get_data_info(number)
            label = VSA_NAMES[key, classes[info['gt_label']]]
            group = f'{key}/{info["group"]}' if 'group' in info else ''
            found.append(dict(img_path=info['img_path'], label=label, set=key, group=group))
    return found


def _require_usable(measured: Mapping[str, Measured]) -> None:
    problems = [found.problem for found in measured.values() if found.problem]
    if problems:
        raise DataError(f'{len(problems)} files cannot be read: {some(problems)}')
    several = [path for path, found in measured.items() if len(found.parts) > 1]
    if several:
        raise DataError(f'{len(several)} images have several different bands: {some(several)}')


def _require_complete(counts: Mapping[str, Mapping[str, int]]) -> None:
    wrong = [
        f'{split} {name}: {counts[split].get(name, 0)} of {count}'
        for split in SPLITS
        for name, count in VSA_COUNTS[split].items()
        if counts[split].get(name, 0) != count
    ]
    if wrong:
        raise DataError(f'{len(wrong)} counts are not those of the README: {some(wrong)}')


def _write(
    sample: Mapping[str, Any],
    measured: Measured,
    folders: Mapping[str, Path],
    out: Path,
    partial: Path,
    making: Making,
) -> Chip:
    source = Path(sample['img_path'])
    key = sample['set']
    scene = f'{key}/{source.relative_to(folders[key]).as_posix()}'
    if measured.ready:
        path = Path(os.path.relpath(source.resolve(), out.resolve())).as_posix()
    else:
        path = f'chips/{scene}.png'  # with the whole name: those of MSTAR differ in their suffix
        write_parts(str(source), making, [(measured.parts[0], partial / path)])
    window = measured.parts[0].window
    return Chip(path, key, sample['label'], scene, *window, group=sample['group'])
