"""Finding the data sets, their files and their test parts."""

import warnings
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from mmsar.datasets.pretraining.sets import SETS, PretrainingSet, names_of
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.datasets.recognition.named_folders import TEST_WORDS, bare, words_of
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


def find_sets(
    root: Path, wanted: Sequence[str] | None = None, folders: Mapping[str, Path] | None = None
) -> dict[str, Path]:
    """Return the folders of the data sets, by key, in the order of the README.

    Args:
        root: Folder with one folder a data set, called as the set, whatever the case and
            punctuation ('SAR-Ship', 'sar_ship').
        wanted: Keys of the sets that must be there. Default: those that are.
        folders: Of sets that lie elsewhere.

    Raises:
        ConfigError: A key is none of the 14.
        DataError: A wanted set is not there, one is there twice, or there is none.
    """
    known = {item.key: item for item in SETS}
    folders = dict(folders or {})
    for key in (*(wanted or ()), *folders):
        if key not in known:
            raise ConfigError(f'there is no pre-training set {key!r}; there are {", ".join(known)}')
    if not root.is_dir():
        raise DataError(f'{root} is not a folder; give the one that has a folder for each data set')
    inside = sorted(path for path in root.iterdir() if path.is_dir())
    found: dict[str, Path] = {}
    for key, item in known.items():
        if wanted and key not in wanted:
            continue
        here = [path for path in inside if bare(path.name) in names_of(item)]
        if key in folders:
            here = [folders[key]]
        if len(here) > 1:
            raise DataError(f'{root} has {item.title} twice: {here[0].name} and {here[1].name}')
        if here:
            if not here[0].is_dir():
                raise DataError(f'{here[0]}, given for {key}, is not a folder')
            found[key] = here[0]
        elif wanted:
            raise DataError(
                f'{root} has no folder of {item.title} (it may be called {key}); '
                'docs/datasets/pretraining_sets.md says how to arrange it, or give --folder '
                f'{key}=PATH'
            )
    if not found:
        raise DataError(
            f'{root} has a folder of none of the data sets {", ".join(known)}; '
            'docs/datasets/pretraining_sets.md says how to arrange them'
        )
    return found


def list_files(item: PretrainingSet, folder: Path) -> list[str]:
    """Return the image files of a set, relative to its folder.

    Raises:
        DataError: There are none.
    """
    files = [name for name in find_chips(folder) if not _matches(name, item.ignore)]
    if not files:
        raise DataError(
            f'{folder} has no images of {item.title}; docs/datasets/pretraining_sets.md says which '
            'files are read'
        )
    return files


def held_out_files(
    item: PretrainingSet,
    folder: Path,
    files: Sequence[str],
    further: Sequence[str] = (),
    known: bool = True,
) -> set[str]:
    """Return those of the files that belong to a test part.

    Args:
        item: The data set.
        folder: Of it.
        files: From :func:`list_files`.
        further: Patterns of paths below the folder that are test parts too.
        known: Leave out the test parts that are known of the set.

    Raises:
        DataError: The reader of the data set cannot tell, or a pattern matches no file.
    """
    found = {name for name in files if known and _in_test_folder(name)}
    for pattern in further:
        matching = {name for name in files if fnmatchcase(name, pattern)}
        if not matching:
            raise DataError(f'{folder} has no images that match the test part {pattern!r}')
        found |= matching
    if known and item.readers:
        paths = _known_by_readers(item, folder)
        found |= {name for name in files if (folder / name).resolve() in paths}
        if len(item.readers) == 1:  # other copies of the images, in another style or format
            stems = {path.stem for path in paths}
            found |= {name for name in files if Path(name).stem in stems}
    return found


def _known_by_readers(item: PretrainingSet, folder: Path) -> set[Path]:
    paths: set[Path] = set()
    problems = []
    for reader in item.readers:
        config = dict(type=f'mmsar.{reader}', data_root=str(folder), split='test', test_mode=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')  # the counts are printed in the end
                dataset = DATASETS.build(config)
        except DataError as error:
            problems.append(str(error))
            continue
        paths |= {
            Path(dataset.get_data_info(number)['img_path']).resolve()
            for number in range(len(dataset))
        }
    if len(problems) == len(item.readers):
        raise DataError(
            f'the test part of {item.title} is not known, so it cannot be left out: '
            + '\n'.join(problems)
            + f'\nComplete the copy, or keep the test part with --keep-tests {item.key}'
        )
    return paths


def _in_test_folder(name: str) -> bool:
    return any(words_of(folder) & TEST_WORDS for folder in name.split('/')[:-1])


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(f'/{name}'.lower(), pattern) for pattern in patterns)
