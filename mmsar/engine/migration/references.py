"""Which references of the new sensor an image gets."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmsar.datasets.checks import some
from mmsar.engine.migration.image_files import ImageFile
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed


@dataclass(frozen=True)
class Choice:
    """How references are chosen.

    Attributes:
        number: That an image has; all of them act on it.
        sets: So many sets of references are drawn (of each class with ``same_class``), and images
            are dealt to them. Images of one set make batches: with many sets, results differ more
            and batches are smaller.
        seed: Of the draws.
        same_class: Take references of the image's own class: the first folder in its path.
    """

    number: int = 1
    sets: int = 8
    seed: int = 0
    same_class: bool = False

    def __post_init__(self) -> None:
        for name in ('number', 'sets'):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f'styles.{name}={value!r}; give a whole number above zero')


def read_choice(settings: Mapping[str, Any]) -> Choice:
    """Return the choice that a config describes.

    Raises:
        ConfigError: A setting is unknown or out of range.
    """
    known = list(Choice.__dataclass_fields__)
    unknown = set(settings) - set(known)
    if unknown:
        raise ConfigError(f'styles has no {min(unknown)!r}; it has {", ".join(known)}')
    return Choice(**settings)


class References:
    """The images that references are drawn from.

    What an image gets depends on the seed, its name and size, and on these images; on nothing
    else. Larger references are cut to its size about their centre, smaller ones are no candidates:
    resampling would change the very statistics that are to be taken over.

    Args:
        files: All of them.
        choice: How to draw.

    Raises:
        DataError: A file cannot be read.
    """

    def __init__(self, files: Sequence[ImageFile], choice: Choice) -> None:
        broken = [file.problem for file in files if file.problem]
        if broken:
            raise DataError(
                f'{len(broken)} of {len(files)} references cannot be read: {some(broken)}; '
                'replace or remove them'
            )
        self.files, self.choice = files, choice
        lines = (f'{file.name} {file.digest}\n' for file in files)
        self.digest = hashlib.blake2s(''.join(lines).encode()).hexdigest()
        self._candidates: dict[tuple[str, tuple[int, int]], list[str]] = {}

    def require_classes(self, contents: Sequence[ImageFile]) -> None:
        """Check that each class has references, if they are to be of the same class.

        Raises:
            DataError: One has none.
        """
        if not self.choice.same_class:
            return
        known = {file.label for file in self.files} - {''}
        missing = sorted({file.label for file in contents} - known)
        if missing:
            raise DataError(
                'styles.same_class=True, and the style folder has no folder '
                f'{some([repr(name) for name in missing])}; it has {some(sorted(known)) or "none"}.'
                ' Name the folders of both alike, or set styles.same_class=False'
            )

    def of(self, content: ImageFile) -> tuple[str, ...]:
        """Return the names of an image's references.

        Raises:
            DataError: There are not enough of its size.
        """
        label = content.label if self.choice.same_class else ''
        key = label, content.shape
        if key not in self._candidates:
            self._candidates[key] = [
                file.name
                for file in self.files
                if (not label or file.label == label)
                and all(a >= b for a, b in zip(file.shape, content.shape, strict=True))
            ]
        candidates, choice = self._candidates[key], self.choice
        if len(candidates) < choice.number:
            rows, columns = content.shape
            raise DataError(
                f'{content.name} has {rows} rows and {columns} columns, and {len(candidates)} '
                f'references{" of its class" * choice.same_class} are as large; styles.number='
                f'{choice.number} are needed. Cut the images, or add references'
            )
        place = derive_seed('references of', choice.seed, content.name) % choice.sets
        draws = np.random.default_rng(derive_seed('references', choice.seed, label, place))
        chosen = draws.permutation(len(candidates))[: choice.number]
        return tuple(candidates[number] for number in sorted(chosen))
