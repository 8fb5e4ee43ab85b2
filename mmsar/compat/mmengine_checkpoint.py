"""Loading a checkpoint must not run code from it.

torch >= 2.6 loads with ``weights_only=True``, which refuses mmengine's own checkpoints;
``checkpoint_types`` says which types are allowed in addition, and how.

Some upstream loaders are unsafe and are replaced: ``torch.utils.model_zoo.load_url`` (used for
URLs) passes ``weights_only=False``, onedl-mmengine repeats a refused load unsafely, and all obey
``TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD``.
"""

import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn
from urllib.parse import urlparse

import torch
from mmengine.dist import get_dist_info
from mmengine.utils import dl_utils

from mmsar.compat.checkpoint_types import plain, safe_globals
from mmsar.compat.import_hooks import after_import
from mmsar.errors import CheckpointError

_GLOBAL = re.compile(r'GLOBAL ([\w.]+)')
_REFUSED = re.compile(r'(?i)unsupported (class|global)|can only (create|build)|unrecognized fun')


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
        if file.is_dir():
            raise CheckpointError(f'checkpoint {name} is a folder; give the path of a file in it')
        if not file.is_file():
            raise CheckpointError(f'checkpoint {name} does not exist; check the path')
        if file.stat().st_size == 0:
            raise CheckpointError(f'checkpoint {name} is empty (0 bytes); copy it again')
    try:
        return plain(torch.load(file, map_location=map_location, weights_only=True))
    except Exception as error:  # a damaged file can end in any of them
        _explain(name, file, error)


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
    folder = model_dir or os.path.join(torch.hub.get_dir(), 'checkpoints')
    cached = os.path.join(folder, file_name or os.path.basename(urlparse(url).path))
    try:
        checkpoint = torch.hub.load_state_dict_from_url(
            url,
            model_dir=model_dir,
            map_location=map_location,
            progress=os.isatty(0) if progress is None else progress,
            check_hash=check_hash,
            file_name=file_name,
            weights_only=True,
        )
        return plain(checkpoint)
    except OSError as error:
        raise CheckpointError(
            f'cannot download {url} ({error}); on a machine without network, copy the file there '
            'and give its path instead (init_cfg.checkpoint or load_from in the config), or set '
            'model.backbone.init_cfg=None (a bridge network: model.branch_init=None) to start from '
            'random weights'
        ) from error
    except Exception as error:
        _explain(f'{url} (kept in {cached}: delete that to download it again)', cached, error)


def _explain(name: Any, file: Any, error: Exception) -> NoReturn:
    text = str(error)
    named = _GLOBAL.search(text)
    if named or _REFUSED.search(text) or ('Unsupported operand' in text and _is_pickle(file)):
        what = named.group(1) if named else 'a Python object'
        raise CheckpointError(
            f'checkpoint {name} was refused: it holds {what}, which could run code when loaded, '
            'and nothing of it was run. If you trust its author, convert it once with '
            "torch.save({'state_dict': torch.load(FILE, weights_only=False)['state_dict']}, NEW)"
        ) from error
    if 'deserialize object on' in text:
        raise CheckpointError(
            f'checkpoint {name} was saved on a GPU that is not here; '
            "load it with map_location='cpu'"
        ) from error
    # Not torch's advice, which is to load it unsafely.
    reason = text.split(' Re-running')[0].split(' In PyTorch 2.6')[0].partition('\n')[0]
    raise CheckpointError(
        f'checkpoint {name} cannot be read: it is truncated or not a PyTorch file '
        f'({reason or type(error).__name__}); copy or download it again'
    ) from error


def _is_pickle(file: Any) -> bool:
    """Return whether a file starts as binary pickles and zip archives do, and text does not."""
    if isinstance(file, str | os.PathLike):
        with open(file, 'rb') as opened:
            return opened.read(1) in (b'\x80', b'P')
    file.seek(0)
    return file.read(1) in (b'\x80', b'P')


class _SafeTorch(ModuleType):
    """``torch`` with a safe ``load``, for the module that holds mmengine's loaders."""

    load = staticmethod(load_file)

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)


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
    checkpoint.torch = _SafeTorch('torch')  # type: ignore[attr-defined]  # pavi, s3, open-mmlab


def install() -> None:
    """Allow mmengine's types, and make its loaders safe when they are imported."""
    torch.serialization.add_safe_globals(safe_globals())
    dl_utils.load_url = dl_utils.hub.load_url = load_url
    after_import('mmengine.runner.checkpoint', _replace_loaders)
