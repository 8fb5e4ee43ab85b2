"""What an experiment has found: its records, read from the work folder."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.cross_sensor.places import part_of
from mmsar.apis.cross_sensor.scores import figures
from mmsar.errors import DataError

Values = dict[int, dict[str, float]]


class Results:
    """Records of the steps that are done.

    Args:
        work: Work folder.
        done: Names of the steps.
        seeds: Their number.

    Raises:
        DataError: A record is missing or damaged.
    """

    def __init__(self, work: Path, done: Collection[str], seeds: int) -> None:
        self.work, self.done, self.seeds = work, set(done), seeds
        self._read: dict[Path, Any] = {}

    def records(self, row: str) -> dict[int, Mapping[str, Any]]:
        """Return the scores of a row by seed, of the seeds that have them."""
        return {
            seed: self._record(self.work / part_of(seed) / 'scores' / f'{row}.json')
            for seed in range(self.seeds)
            if f'{part_of(seed)}/classify/{row}' in self.done
        }

    def figures(self, row: str) -> Values:
        """Return accuracy, precision, recall and F1 of a row in percent, by seed."""
        found = self.records(row).items()
        return {seed: figures(np.array(record['confusion'])) for seed, record in found}

    def confusion(self, row: str) -> NDArray[np.int64] | None:
        """Return the confusion matrix of a row, summed over the seeds."""
        found = [np.array(record['confusion']) for record in self.records(row).values()]
        return np.sum(found, axis=0) if found else None

    def fidelity(self, name: str) -> Values:
        """Return how a set of images compares with real ones, by seed; defined figures only."""
        return self._fidelity(name, lambda record: record['sets']['images']['figures'])

    def floor(self, name: str) -> Values:
        """Return the same between random halves of the real images, by seed."""
        return self._fidelity(name, lambda record: record['floor'])

    def _fidelity(self, name: str, take: Callable[[Any], Mapping[str, Any]]) -> Values:
        found = {}
        for seed in range(self.seeds):
            if f'{part_of(seed)}/compare/{name}' in self.done:
                path = self.work / part_of(seed) / 'fidelity' / name / 'figures.json'
                values = take(self._record(path)).items()
                found[seed] = {key: value for key, value in values if value is not None}
        return found

    def _record(self, path: Path) -> Any:
        if path not in self._read:
            try:
                self._read[path] = json.loads(path.read_text())
            except (OSError, ValueError) as error:
                raise DataError(
                    f'{path} cannot be read ({error}), although its step is done; delete its '
                    f'marker below {self.work / "steps"} and start again'
                ) from error
        return self._read[path]
