"""The folder of results: whose it is."""

from collections.abc import Iterable
from pathlib import Path

from mmsar.datasets.checks import some
from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.errors import ConfigError, DataError

SETTINGS = 'migration.json'


def require_apart(out: Path, **inputs: Path) -> None:
    """Check that results will not lie among the images, nor these among results.

    Raises:
        ConfigError: They would.
    """
    for name, folder in inputs.items():
        inner, outer = out.resolve(), folder.resolve()
        if inner == outer or outer in inner.parents or inner in outer.parents:
            raise ConfigError(
                f'the folder of results {out} and that of {name} {folder} contain one another: '
                'choose another'
            )
    if out.exists() and not out.is_dir():
        raise ConfigError(f'{out} is a file; name a folder for the results')


def require_own(out: Path, outputs: Iterable[str]) -> None:
    """Check that a folder has no images but the results of these contents.

    Args:
        out: The folder.
        outputs: Names of the results.

    Raises:
        DataError: It has others: of another job, or of contents that are gone.
    """
    if not out.is_dir():
        return
    found = find_chips(out)
    others = sorted(set(found) - set(outputs))
    if found and not (out / SETTINGS).exists():
        raise DataError(
            f'{out} has images ({some(found)}) that were not made here: choose another folder'
        )
    if others:
        raise DataError(
            f'{out} has {len(others)} images that are made of none of the contents: '
            f'{some(others)}. If their contents were removed, remove these too; for other contents '
            'choose another folder'
        )
