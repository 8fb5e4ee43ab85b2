"""Records of test results: read, checked, and reduced to what can be published."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsar.apis.provenance import NAME, write_json
from mmsar.errors import DataError


@dataclass(frozen=True)
class Record:
    """The figures of one test.

    Attributes:
        path: Its file.
        content: What ``mmsar.apis.provenance`` or ``cfar.py --out`` wrote.
    """

    path: Path
    content: dict[str, Any]

    @property
    def stem(self) -> str:
        """Name of the config, or of the untrained detector, with the data set."""
        if 'config' in self.content:
            return Path(self.content['config']).stem
        return f'{self.content["detector"].lower()}_{self.content["data_set"]}'

    @property
    def data_set(self) -> str:
        """Last part of the config's name, or as cfar.py was told."""
        return self.content.get('data_set') or self.stem.rsplit('_', 1)[-1]

    @property
    def detector(self) -> str:
        """First part of the config's name, or the name of an untrained detector."""
        return self.content.get('detector') or self.stem.split('_', 1)[0]

    @property
    def seed(self) -> int | None:
        """Seed of the training."""
        return self.content.get('seed')

    @property
    def name(self) -> str:
        """Name of the file among the published records."""
        if 'config' not in self.content:
            return f'{self.stem}.json'
        return f'{self.stem}_{"unseeded" if self.seed is None else f"seed{self.seed}"}.json'

    @property
    def hardware(self) -> str:
        """What it was trained on, where the logs say so; else, what it was tested on."""
        tested = self.content['hardware']
        used = self.content.get('training') or tested
        names = used['gpus']
        if names:
            return ', '.join(f'{names.count(name)} x {name}' for name in dict.fromkeys(names))
        if used['processes'] > 1:
            return f'{used["processes"]} processes on CPUs'
        return f'{tested["cpu_threads"]} CPU thread{"s" * (tested["cpu_threads"] != 1)}'

    @property
    def seconds(self) -> float | None:
        """Duration of the training."""
        return (self.content.get('training') or {}).get('seconds')


def read_record(path: Path) -> Record:
    """Read a record.

    Raises:
        DataError: The file is missing, or not such a record.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError) as error:
        raise DataError(
            f'{path} cannot be read as JSON ({error}); test again, or delete it'
        ) from error
    problem = _problem(content)
    if problem:
        raise DataError(f'{path} is no record of test results: {problem}; test again, or delete it')
    return Record(path, content)


def find_records(source: Path) -> list[Record]:
    """Read a record, or all ``test_results.json`` within a folder.

    Raises:
        DataError: There is none.
    """
    if source.is_file():
        return [read_record(source)]
    paths = sorted(source.rglob(NAME))
    if not paths:
        raise DataError(f'{source} has no {NAME}; tools/test.py --work-dir writes it')
    return [read_record(path) for path in paths]


def publish(record: Record, folder: Path) -> str:
    """Copy a record into a folder, without paths; a newer one of the same run replaces it.

    Returns:
        What was done, for the user.
    """
    content = {key: value for key, value in record.content.items() if key != 'checkpoint'}
    for key in ('config', 'annotations'):
        if key in content and Path(content[key]).is_absolute():
            content[key] = Path(content[key]).name
    target = folder / record.name
    done = 'wrote'
    if target.is_file():
        former = read_record(target).content
        if former == content:
            return f'{target} is there already'
        if former['date'] > content['date']:
            return f'{target} is newer than {record.path}: kept'
        done = f'replaced the record of {former["date"]}:'
    write_json(target, content)
    return f'{done} {target}'


def _problem(content: Any) -> str | None:
    """Say what is wrong with a record."""
    if not isinstance(content, dict):
        return 'it is not an object'
    names = ('config',) if 'config' in content else ('detector', 'data_set')
    fields = {**dict.fromkeys(names, str), 'metrics': dict, 'hardware': dict, 'date': str}
    problems = [*_wrong(content, {**fields, 'seed': int | None, 'training': dict | None})]
    if problems:
        return problems[0]
    used = {'processes': int, 'gpus': list}
    parts = [
        *_wrong(content['metrics'], dict.fromkeys(content['metrics'], int | float | None)),
        *_wrong(content['hardware'], {**used, 'cpu_threads': int}),
        *_wrong(content.get('training') or {'processes': 1, 'gpus': [], 'seconds': 0},
                {**used, 'seconds': int | float}),
    ]  # fmt: skip
    return parts[0] if parts else None


def _wrong(content: dict[str, Any], fields: dict[str, Any]) -> Iterator[str]:
    """Yield the fields that are missing or of another type."""
    for name, kind in fields.items():
        if not isinstance(content.get(name), kind):
            yield f'{name} is {content[name]!r}' if name in content else f'{name} is missing'
