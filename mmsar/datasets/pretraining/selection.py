"""Which chips of a data set are taken."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mmsar.datasets.pairs.building.similar import find_similar
from mmsar.datasets.pretraining.chips import Measured, Part
from mmsar.datasets.pretraining.sets import PretrainingSet
from mmsar.datasets.recognition.manifest import Chip
from mmsar.datasets.splits import rank_by_hash


@dataclass(frozen=True)
class Choices:
    """What to leave out.

    Attributes:
        keep_tests: Sets whose test parts stay; '*' for all.
        tests: Patterns of further test parts, by set.
        skip_corrupt: Leave out files that cannot be read, in place of an error.
        near: Leave out chips that correlate more than this with another of their set.
        limit: Chips of a set at most.
        seed: Of the choice among more.
        processes: Files that are read at a time.
    """

    keep_tests: Sequence[str] = ()
    tests: Mapping[str, Sequence[str]] = field(default_factory=dict)
    skip_corrupt: bool = False
    near: float | None = None
    limit: int | None = None
    seed: int = 0
    processes: int = 1


class Candidate(NamedTuple):
    """A chip that may become one of the manifest."""

    file: str  # below the folder of the set
    part: Part
    ready: bool


@dataclass
class SetResult:
    """What a data set gave.

    Attributes:
        item: The set.
        files: Images that were found.
        chips: Its rows of the manifest.
        left_out: Files, or chips as FILE[row,column], and why.
    """

    item: PretrainingSet
    files: int
    chips: list[Chip] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def count(self, reason: str) -> int:
        """Return how many were left out for a reason."""
        return Counter(reason.split(':')[0] for _, reason in self.left_out)[reason]


def note_tests(
    item: PretrainingSet, measured: Mapping[str, Measured], tests: set[str], seen: dict[bytes, str]
) -> None:
    """Add the digests of the test images of a set, and of their slices, to ``seen``."""
    for name in sorted(tests):
        found = measured[name]
        digests = [found.digest, *(part.digest for part in found.parts if not part.flat)]
        if not found.problem:
            seen.update(dict.fromkeys(digests, f'a test image of {item.key}'))


def choose(
    result: SetResult, measured: Mapping[str, Measured], tests: set[str], seen: dict[bytes, str]
) -> list[Candidate]:
    """Return the chips that are no test parts, repetitions or flat.

    Args:
        result: Gets those that are left out.
        measured: The files of the set.
        tests: Those of its test part.
        seen: Where each digest was seen first; gets those of the chips.
    """
    chosen = []
    for name, found in measured.items():
        if found.problem:
            continue
        twin = seen.get(found.digest)
        if name in tests:
            result.left_out.append((name, 'test'))
        elif twin is not None:
            result.left_out.append((name, f'duplicate: of {twin}'))
        else:
            this = f'{result.item.key}/{name}'
            seen[found.digest] = this
            for part in found.parts:
                reason = 'flat' if part.flat else ''
                if part.digest in seen and seen[part.digest] != this:
                    reason = f'duplicate: of {seen[part.digest]}'
                if reason:
                    result.left_out.append((_place(name, part), reason))
                    continue
                seen[part.digest] = this
                chosen.append(Candidate(name, part, found.ready))
    return chosen


def _place(name: str, part: Part) -> str:
    return f'{name}[{part.window.row},{part.window.column}]'


def without_near(
    result: SetResult, candidates: list[Candidate], near: float | None
) -> list[Candidate]:
    """Leave out chips that correlate more than ``near`` with an earlier one."""
    if near is None or not candidates:
        return candidates
    described = np.stack([c.part.description for c in candidates if c.part.description is not None])
    highest, places = find_similar(described, near)
    kept = []
    for candidate, value, place in zip(candidates, highest, places, strict=True):
        if value > near:
            other = candidates[place]
            where = _place(other.file, other.part)
            reason = f'near: {value:.2f} to {where}'
            result.left_out.append((_place(candidate.file, candidate.part), reason))
        else:
            kept.append(candidate)
    return kept


def limit(result: SetResult, candidates: list[Candidate], choices: Choices) -> list[Candidate]:
    """Take some of the chips, by a hash of (seed, chip): a larger limit adds to a smaller one."""
    if choices.limit is None or len(candidates) <= choices.limit:
        return candidates
    named = {f'{_place(c.file, c.part)}{c.part.band}': c for c in candidates}
    chosen = set(rank_by_hash(named, choices.seed)[: choices.limit])
    result.left_out += [
        (_place(c.file, c.part), 'limit') for name, c in named.items() if name not in chosen
    ]
    return [candidate for name, candidate in named.items() if name in chosen]
