"""Steps of an experiment, and the markers of those that are done."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmsar.apis.provenance import write_json
from mmsar.errors import DataError

BEGUN, DONE = 'begun', 'done'


@dataclass(frozen=True)
class Step:
    """One call of a function, in a process of its own.

    Attributes:
        name: With slashes; a folder of logs and markers has the same.
        function: Name of one in :mod:`mmsar.apis.cross_sensor.stages`.
        arguments: Of it, as JSON; paths are relative to the work folder.
        needs: Steps that must be done before.
        writes: What it writes, relative to the work folder.
        identity: What its results depend on beside its arguments and needs.
        places: Further arguments, which results do not depend on.
    """

    name: str
    function: str
    arguments: Mapping[str, Any]
    needs: Sequence[str] = ()
    writes: Sequence[str] = ()
    identity: Any = None
    places: Mapping[str, Any] = field(default_factory=dict)


class Markers:
    """What says of each step that it was begun or is done, and with which settings.

    Args:
        work: Work folder.
        steps: All of them, those that are needed before those that need them.
    """

    def __init__(self, work: Path, steps: Sequence[Step]) -> None:
        self.work = work
        self.keys: dict[str, str] = {}
        for step in steps:
            needs = [self.keys[name] for name in step.needs]
            self.keys[step.name] = digest([step.function, step.arguments, step.identity, needs])

    def path(self, step: Step) -> Path:
        """Return the marker of a step."""
        return self.work / 'steps' / f'{step.name}.json'

    def is_done(self, step: Step) -> bool:
        """Say whether a step is done.

        Raises:
            DataError: It was begun with other settings or data, or the marker is damaged.
        """
        path = self.path(step)
        if not path.is_file():
            return False
        try:
            marker = json.loads(path.read_text())
            key, state = marker['settings'], marker['state']
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f'{path} is damaged ({error}); delete it') from error
        if key != self.keys[step.name]:
            made = ', '.join(str(self.work / name) for name in step.writes)
            raise DataError(
                f'{path}: this step was begun with other settings or data. Choose another '
                f'--work-dir, or restore them; to do it again, delete {made}, this marker, and '
                'likewise those of the steps that follow from it'
            )
        return bool(state == DONE)

    def write(self, step: Step, state: str) -> None:
        """Say that a step was begun, or is done."""
        content = {'step': step.name, 'state': state, 'settings': self.keys[step.name]}
        write_json(self.path(step), content)


def digest(content: Any) -> str:
    """Return a short hash of something that JSON can hold."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
