"""What the figures of a test stand on: config, seed, checkpoint, hardware, versions, time."""

import json
import math
import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from numbers import Real
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.config import Config
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook

import mmsar
from mmsar.io import replacing

NAME = 'test_results.json'

_LOG_TIME = re.compile(r'(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) - ')
_TRAINS = re.compile(r'(Epoch|Iter)\(train\)|Saving checkpoint at')
_GPUS = re.compile(r'^ +GPU ([\d,]+): (.+)$', re.MULTILINE)
_PROCESSES = re.compile(r'^ +GPU number: (\d+)$', re.MULTILINE)  # mmengine's name for them


class KeepMetaHook(Hook):
    """Keep the meta of the checkpoint that a runner loads.

    Attributes:
        meta: Empty until then, and where the checkpoint has none.
    """

    def __init__(self) -> None:
        self.meta: dict[str, Any] = {}

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        """Take it."""
        self.meta = checkpoint.get('meta') or {}


def write_test_results(
    config: Config,
    config_path: str | Path,
    checkpoint: str | None,
    meta: dict[str, Any],
    metrics: dict[str, Any],
) -> None:
    """Write ``test_results.json`` into the work folder; to be called by every process.

    Args:
        config: Of the test; its ``work_dir`` is the folder.
        config_path: As given by the user.
        checkpoint: Path or URL; None for a test without.
        meta: Of the checkpoint, see :class:`KeepMetaHook`.
        metrics: What the test returned. A figure that is not finite is written as null.
    """
    record = {
        'config': relative_to_repository(config_path),
        'checkpoint': checkpoint,
        'epoch': meta.get('epoch'),
        'iter': meta.get('iter'),
        'seed': meta.get('seed', config.get('randomness', {}).get('seed')),
        'metrics': {
            name: float(value) if math.isfinite(value) else None
            for name, value in metrics.items()
            if isinstance(value, Real)
        },
        'hardware': hardware(),
        'training': training(checkpoint, meta) if checkpoint else None,
        'versions': versions(config.get('default_scope')),
        'date': now(),
    }
    if is_main_process():
        write_json(Path(config.work_dir) / NAME, record)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + '\n')


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec='seconds')


def relative_to_repository(path: str | Path) -> str:
    """Return a path within this repository relative to it, any other as it is."""
    root = Path(mmsar.__file__).parents[1]
    whole = Path(path).resolve()
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(path)


def hardware() -> dict[str, Any]:
    """Return processes, CPU threads of all of them and the names of their GPUs."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    processes = all_gather_object((torch.get_num_threads(), gpu))
    return {
        'processes': len(processes),
        'cpu_threads': sum(threads for threads, _ in processes),
        'gpus': [name for _, name in processes if name],
    }


def versions(scope: str | None = None) -> dict[str, str]:
    """Return the versions of Python, torch, mmsar, mmengine and the host toolbox."""
    found = {
        'python': platform.python_version(),
        'torch': torch.__version__,
        'mmsar': mmsar.__version__,
        'mmengine': mmengine.__version__,
    }
    if scope and scope not in found:
        found[scope] = str(getattr(import_module(scope), '__version__', 'unknown'))
    return found


def training(checkpoint: str, meta: dict[str, Any]) -> dict[str, Any] | None:
    """Return how long the training of a checkpoint took, from mmengine's logs beside it.

    Returns:
        ``seconds`` from the start of the run to the saving of the checkpoint, validations
        included, summed over the parts of a run that was resumed; ``processes``; ``gpus``, their
        names. None where the logs do not tell.
    """
    try:
        saved = datetime.strptime(str(meta.get('time')), '%Y%m%d_%H%M%S')
    except ValueError:
        return None  # not of a runner of mmengine
    if '://' in checkpoint:
        return None
    found: dict[str, Any] | None = None
    for start, end, log in _training_logs(Path(checkpoint).parent):
        if start > saved:
            break
        resumed = 'resumed epoch: ' in log
        if resumed and found is None:
            continue  # its first part is elsewhere
        seconds = (min(end, saved) - start).total_seconds()
        gpus = [name for ids, name in _GPUS.findall(log) for _ in ids.split(',')]
        processes = int((_PROCESSES.findall(log) or ['1'])[-1])
        found = {
            'seconds': seconds + (found['seconds'] if found and resumed else 0),
            'processes': processes,
            'gpus': (gpus * processes)[:processes],
        }
    return found


def _training_logs(folder: Path) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield first time, last time and text of each training log, oldest first."""
    for path in sorted(folder.glob('*/*.log')):
        if path.stem != path.parent.name:
            continue
        log = path.read_text(errors='replace')
        times = _LOG_TIME.findall(log)
        if times and _TRAINS.search(log):
            first, last = (datetime.strptime(times[i], '%Y/%m/%d %H:%M:%S') for i in (0, -1))
            yield first, last, log
