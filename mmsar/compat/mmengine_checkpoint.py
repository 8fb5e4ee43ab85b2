"""Loading a checkpoint must not run code from it.

torch >= 2.6 loads with ``weights_only=True``, which refuses mmengine's own checkpoints: they hold
``HistoryBuffer`` (whose methods are pickled as ``getattr(HistoryBuffer, 'mean')``) and numpy
scalars. Exactly those types are allowed here. ``getattr`` itself is not: a file could then walk
from any allowed class to ``eval``. A stand-in answers for the four ``HistoryBuffer`` methods only.

Two upstream loaders are unsafe and are replaced: ``torch.utils.model_zoo.load_url`` (used for
URLs) passes ``weights_only=False``, and onedl-mmengine repeats a refused load unsafely.
"""

import argparse
import os
import pickle
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.logging import HistoryBuffer

from mmsar.compat.import_hooks import after_import
from mmsar.errors import CheckpointError

_STATISTICS = ('min', 'max', 'mean', 'current')
_REFUSED = re.compile(r'GLOBAL ([\w.]+)|[Uu]nsupported (?:class|global|operand)|instantiate|call ')


def _history_statistic(cls: type, name: str) -> Any:
    """Stand in for ``getattr`` while a checkpoint is read."""
    if cls is HistoryBuffer and name in _STATISTICS:
        return getattr(HistoryBuffer, name)
    raise pickle.UnpicklingError(f'Unsupported global: GLOBAL builtins.getattr ({name!r})')


def safe_globals() -> list[Any]:
    """Return the types that mmengine's and SARATR-X's checkpoints need beyond torch's own."""
    core = np._core if hasattr(np, '_core') else np.core
    scalar, reconstruct = core.multiarray.scalar, core.multiarray._reconstruct
    allowed: list[Any] = [
        (_history_statistic, 'builtins.getattr'),
        HistoryBuffer,
        argparse.Namespace,
        np.ndarray,
        np.dtype,
    ]
    # Files written with numpy 1 and with numpy 2 name the same functions differently.
    for package in ('numpy.core', 'numpy._core'):
        allowed += [
            (scalar, f'{package}.multiarray.scalar'),
            (reconstruct, f'{package}.multiarray._reconstruct'),
        ]
    dtypes = vars(np.dtypes).values()
    return allowed + [d for d in dtypes if isinstance(d, type) and issubclass(d, np.dtype)]


def load_file(
    file: Any, map_location: Any = None, weights_only: bool | None = None
) -> dict[str, Any]:
    """Read a checkpoint without running anything in it.

    Args:
        file: Path or binary file object.
        map_location: As in :func:`torch.load`.
        weights_only: Accepted for mmengine's signature; the load is always weights-only.

    Raises:
        CheckpointError: The file is missing, unreadable, or holds objects that could run code.
    """
    name = file if isinstance(file, str | os.PathLike) else 'the checkpoint'
    if isinstance(file, str | os.PathLike):
        file = Path(file).expanduser()
        if not file.is_file():
            raise CheckpointError(f'checkpoint {name} does not exist; check the path')
        if file.stat().st_size == 0:
            raise CheckpointError(f'checkpoint {name} is empty (0 bytes); copy it again')
    try:
        return torch.load(file, map_location=map_location, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, ValueError) as error:
        _explain(name, error)


def load_from_local(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Load a local checkpoint (mmengine's loader for plain paths)."""
    return load_file(filename, map_location)


def load_from_http(
    filename: str,
    map_location: Any = None,
    model_dir: str | None = None,
    progress: bool | None = None,
) -> dict[str, Any]:
    """Load a checkpoint from a URL; rank 0 downloads it, the others read the cached file."""
    rank, world_size = get_dist_info()
    if rank == 0:
        checkpoint = load_url(filename, model_dir, map_location, progress)
    if world_size > 1:
        torch.distributed.barrier()
        if rank > 0:
            checkpoint = load_url(filename, model_dir, map_location, progress)
    return checkpoint


def load_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool | None = None,
    check_hash: bool = False,
    file_name: str | None = None,
) -> dict[str, Any]:
    """Download a checkpoint to torch's cache, unless it is there, and load it safely.

    Raises:
        CheckpointError: It cannot be downloaded, read, or loaded safely.
    """
    try:
        return torch.hub.load_state_dict_from_url(
            url,
            model_dir=model_dir,
            map_location=map_location,
            progress=os.isatty(0) if progress is None else progress,
            check_hash=check_hash,
            file_name=file_name,
            weights_only=True,
        )
    except OSError as error:
        raise CheckpointError(
            f'cannot download {url} ({error}); on a machine without network, copy the file there '
            'and give its path instead (init_cfg.checkpoint or load_from in the config), or set '
            'model.backbone.init_cfg=None to start from random weights'
        ) from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, ValueError) as error:
        _explain(url, error)


def _explain(name: Any, error: Exception) -> NoReturn:
    text = str(error)
    refused = _REFUSED.search(text)
    if refused:
        what = refused.group(1) or 'a Python object'
        raise CheckpointError(
            f'checkpoint {name} was refused: it holds {what}, which could run code when loaded, '
            'and nothing of it was run. If you trust its author, convert it once with '
            "torch.save({'state_dict': torch.load(FILE, weights_only=False)['state_dict']}, NEW)"
        ) from error
    raise CheckpointError(
        f'checkpoint {name} cannot be read: it is truncated or not a PyTorch file '
        f'({text.splitlines()[0] if text else type(error).__name__}); copy or download it again'
    ) from error


def _replace_loaders(checkpoint: ModuleType) -> None:
    """Point every loader of ``mmengine.runner.checkpoint`` at the safe functions."""
    loader = checkpoint.CheckpointLoader
    loader.register_scheme(prefixes='', loader=load_from_local, force=True)
    loader.register_scheme(prefixes=('http://', 'https://'), loader=load_from_http, force=True)
    replacements = {
        'load_from_local': load_from_local,
        'load_from_http': load_from_http,
        'load_url': load_url,
        '_safe_torch_load': load_file,  # onedl-mmengine
    }
    for name, function in replacements.items():
        if hasattr(checkpoint, name):
            setattr(checkpoint, name, function)


def install() -> None:
    """Allow mmengine's types, and make its loaders safe when they are imported."""
    torch.serialization.add_safe_globals(safe_globals())
    after_import('mmengine.runner.checkpoint', _replace_loaders)
