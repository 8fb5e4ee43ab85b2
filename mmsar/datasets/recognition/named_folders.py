"""Classes by the names of folders, and parts by the folders above them."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mmsar.datasets.checks import some
from mmsar.errors import ConfigError, DataError

_TRAIN = {'train', 'training', 'trainset'}
TEST_WORDS = frozenset(('test', 'tests', 'testing', 'testset'))
_TEST = TEST_WORDS | {'val', 'validation'}


class Named(NamedTuple):
    """An image.

    Attributes:
        path: Below the data set, with slashes.
        label: Its class.
        split: ``train`` or ``test`` by the folders above its class; empty if they do not say it.
    """

    path: str
    label: str
    split: str = ''


def name_by_folders(
    files: Sequence[str],
    classes: Mapping[str, Sequence[str]],
    aliases: Mapping[str, str],
    root: str,
) -> list[Named]:
    """Give each image the class that one of its folders is called as.

    Case, spaces and punctuation do not count.

    Args:
        files: Paths below the data set, with slashes.
        classes: Other names of each class.
        aliases: More of them: class by name.
        root: The data set, for messages.

    Raises:
        ConfigError: An alias is of no class.
        DataError: No folder of an image is called as a class, or only some images lie in TRAIN or
            TEST.
    """
    wrong = sorted(set(aliases.values()) - set(classes))
    if wrong:
        raise ConfigError(f'aliases: {some(wrong)} is none of {", ".join(classes)}')
    known = {bare(text): label for label, others in classes.items() for text in (label, *others)}
    known |= {bare(text): label for text, label in aliases.items()}
    found, without = [], []
    for path in files:
        folders = [bare(folder) for folder in path.split('/')[:-1]]
        place = next((n for n, folder in enumerate(folders) if folder in known), None)
        if place is None:
            without.append(path)
            continue
        found.append(Named(path, known[folders[place]], part_of(path.split('/')[:place])))
    if without:
        raise DataError(
            f'{root}: {len(without)} of {len(files)} images lie in no folder that is called as a '
            f'class ({", ".join(classes)}): {some(without)}. Leave them out with exclude, or name '
            'the class of a folder with aliases'
        )
    if len({bool(item.split) for item in found}) == 2:
        loose = [item.path for item in found if not item.split]
        raise DataError(
            f'{root}: some images lie in TRAIN or TEST, and {len(loose)} do not: {some(loose)}; '
            'move them, or leave them out with exclude'
        )
    return found


def part_of(folders: Sequence[str]) -> str:
    """Return the part that the last of these folders names that names one: ``train`` or ``test``.

    ``TRAIN``, ``Test Set``, ``images_test`` and ``val`` (which is ``test``) do; '' if none does.
    """
    for folder in reversed(folders):
        words = words_of(folder)
        if bool(words & _TRAIN) != bool(words & _TEST):
            return 'train' if words & _TRAIN else 'test'
    return ''


def words_of(folder: str) -> set[str]:
    """Return the words in the name of a folder, in lower case: of ``Test_Set2``, test and set."""
    return set(re.findall('[a-z]+', folder.lower()))


def bare(name: str) -> str:
    """Return a name without case and punctuation."""
    return re.sub(r'[\W_]+', '', name).lower()
