"""Records of networks on the benchmark of inverse SAR."""

import json
from pathlib import Path
from typing import Any

from mmsar.apis.provenance import write_json
from mmsar.errors import DataError


def write_record(record: dict[str, Any], folder: Path) -> Path:
    """Write a record; one of the same config, seed and ensemble is replaced.

    Returns:
        Its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f'{Path(record["config"]).stem}_seed{record["seed"]}'
    path = folder / f'{stem}{"_ensemble" if record.get("ensemble") else ""}.json'
    write_json(path, record)
    return path


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Read all records of a folder, by the names of their files.

    Raises:
        DataError: There is none, or a file is no record.
    """
    records = []
    for path in sorted(folder.glob('*.json')):
        try:
            record = json.loads(path.read_text(encoding='utf-8'))
        except ValueError as error:
            raise DataError(f'{path} cannot be read as JSON ({error}); measure again') from error
        missing = {'config', 'scale', 'weights', 'seed', 'metrics'} - set(record)
        if missing:
            raise DataError(f'{path} is no record of this tool: it has no {min(missing)}')
        records.append(record)
    if not records:
        raise DataError(f'{folder} has no records (*.json); name work folders to be tested')
    return records
