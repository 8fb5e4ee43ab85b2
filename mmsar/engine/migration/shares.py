"""Batches of images that share references, and who does which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mmsar.engine.migration.image_files import ImageFile


@dataclass(frozen=True)
class Batch:
    """Images of one size with the same references.

    Attributes:
        contents: The images.
        references: Names.
    """

    contents: tuple[ImageFile, ...]
    references: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Pixels of all images."""
        rows, columns = self.contents[0].shape
        return len(self.contents) * rows * columns


def make_batches(
    references: Mapping[ImageFile, tuple[str, ...]], size: int, processes: int = 1
) -> list[Batch]:
    """Group images by references and size, and cut the groups into batches of about equal size.

    Args:
        references: Of each image.
        size: Largest number of images in a batch.
        processes: Larger groups make a multiple of so many batches, so that shares are even; and
            there is one batch for each at least, if there are as many images.
    """
    groups: dict[tuple[tuple[str, ...], tuple[int, int]], list[ImageFile]] = {}
    for content in sorted(references, key=lambda content: content.name):
        groups.setdefault((references[content], content.shape), []).append(content)
    batches = []
    for (names, _), contents in groups.items():
        count = -(-len(contents) // size)
        if len(contents) >= size * processes:
            count = -(-count // processes) * processes
        batches += [Batch(part, names) for part in _parts(contents, count)]
    while len(batches) < processes:
        batches.sort(key=lambda batch: len(batch.contents))
        if not batches or len(batches[-1].contents) == 1:
            break
        last = batches.pop()
        batches += [Batch(part, last.references) for part in _parts(last.contents, 2)]
    return batches


def share(batches: Iterable[Batch], processes: int) -> list[list[Batch]]:
    """Deal batches to processes, the costly ones first, each to who has least.

    The costs of two processes differ by those of one batch at most.
    """
    shares: list[list[Batch]] = [[] for _ in range(processes)]
    costs = [0] * processes
    for batch in sorted(batches, key=lambda batch: (-batch.cost, batch.contents[0].name)):
        least = costs.index(min(costs))
        shares[least].append(batch)
        costs[least] += batch.cost
    return shares


def _parts(contents: Iterable[ImageFile], count: int) -> list[tuple[ImageFile, ...]]:
    contents = tuple(contents)
    ends = np.linspace(0, len(contents), count + 1).round().astype(int)
    return [contents[a:b] for a, b in pairwise(ends) if b > a]
