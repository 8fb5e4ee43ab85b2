"""A migrator that takes no time, its config, and images for it."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from torch import Tensor

from mmsar.errors import DataError
from mmsar.io import write_raster
from mmsar.models.generation.migrated import Migrated

ROOT = Path(__file__).parent.parent
CONFIG = f"""
_base_ = '{ROOT}/configs/_base_/migration_runtime.py'
custom_imports = dict(imports=['mmsar', 'toy_migration'])
model = dict(type='ToyMigrator', log='{{log}}')
test_cfg = dict(batch_size=4, styles=dict(sets=2))
"""
PAUSE = 0.0  # in seconds, of a batch


@MODELS.register_module()
class ToyMigrator(BaseModel):
    """Half of the content, half of the references' mean; it notes which contents it has seen.

    A content is known by its first pixel, :func:`write_images` numbers them.

    Args:
        log: File of the notes.
        refuse: Number of a content whose batch is an error.
        spoil: Number of a content that becomes NaN.
    """

    def __init__(self, log: str, refuse: int = -1, spoil: int = -1) -> None:
        super().__init__()
        self.log, self.refuse, self.spoil = Path(log), refuse, spoil

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'tensor') -> Any:
        raise NotImplementedError

    def migrate(self, contents: Tensor, styles: Tensor) -> Migrated:
        numbers = (contents[:, 0, 0, 0] * 255).round().int().tolist()
        if self.refuse in numbers:
            raise DataError(f'number {self.refuse} is refused')
        time.sleep(PAUSE)
        torch.rand(3)  # must not change what follows
        images = contents.double() / 2 + styles.double().mean() / 2
        images[[number == self.spoil for number in numbers]] = torch.nan
        with self.log.open('a') as file:
            file.write(f'{numbers}\n'.replace('[', '').replace(']', ''))
        losses = {'distance': torch.stack([contents.flatten(1).mean(1)] * 2)}
        return Migrated(images, losses, None, images.isfinite().flatten(1).all(dim=1))

    def seen(self) -> list[int]:
        """Return the numbers of the contents, in order."""
        return seen(self.log)


def seen(log: Path) -> list[int]:
    """Return the numbers of the contents that were migrated, in order."""
    return [int(word) for line in log.read_text().splitlines() for word in line.split(',')]


def batches(log: Path) -> list[int]:
    """Return the sizes of the batches."""
    return [len(line.split(',')) for line in log.read_text().splitlines()]


def write_images(
    folder: Path, count: int, size: tuple[int, int] = (16, 12), classes: int = 2, seed: int = 0
) -> None:
    """Write numbered speckle as PNG of 8 bits, in turn into the folders of the classes."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        image = (60 * np.sqrt(rng.gamma(4, 0.25, size))).clip(1, 254).astype(np.uint8)
        image[0, 0] = number
        write_raster(folder / f'{"ab"[number % classes]}/{number:03d}.png', image)


def write_data(folder: Path, count: int = 12) -> Path:
    """Write contents, references and a config; return the config."""
    write_images(folder / 'content', count)
    write_images(folder / 'style', 6, (20, 16), seed=1)
    path = folder / 'toy_migration.py'
    path.write_text(CONFIG.format(log=folder / 'seen.txt'))
    return path


def arguments(config: Path, out: str = 'out') -> list[str]:
    """Return the arguments of ``tools/migrate.py``."""
    folder = config.parent
    flags = {'content': folder / 'content', 'style': folder / 'style', 'out': folder / out}
    flags['work-dir'] = folder / 'work'
    return [str(config), *(f'--{name}={value}' for name, value in flags.items())]


def images(folder: Path) -> dict[str, bytes]:
    """Return the images below a folder."""
    paths = sorted(path for path in folder.rglob('*') if path.suffix in ('.png', '.npy', '.tif'))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def fork(run: Callable[[], Any], **environment: str) -> int:
    """Run something in a process of its own, without the imports of a new one."""
    child = os.fork()
    if child:
        return child
    try:
        os.environ.update(environment)
        torch.set_num_threads(1)  # those of the parent are not there
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        if 'KEEP_STDERR' not in os.environ:
            os.dup2(quiet, 2)
        run()
        os._exit(0)
    except BaseException:
        if 'KEEP_STDERR' in os.environ:
            sys.excepthook(*sys.exc_info())
        os._exit(1)


def kill(child: int) -> None:
    """Kill a process of :func:`fork`."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def status(child: int) -> int:
    """Return the exit status of a process of :func:`fork`."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fork_two(run: Callable[[int], Any]) -> list[int]:
    """Run something with its rank in two processes, as torchrun does; return the statuses."""
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        port = str(found.getsockname()[1])
    shared = {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port, 'WORLD_SIZE': '2'}
    children = [
        fork(lambda rank=rank: run(rank), RANK=str(rank), LOCAL_RANK=str(rank), **shared)
        for rank in range(2)
    ]
    return [status(child) for child in children]
