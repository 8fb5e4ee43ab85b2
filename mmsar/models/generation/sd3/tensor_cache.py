"""Tensors on the disk that need not be computed again."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmsar.errors import DataError
from mmsar.io import replacing


class TensorCache:
    """A file for each key, there whole or not at all; several processes may share the folder.

    Args:
        folder: Where, or None to remember nothing.
        identity: What the tensors depend on beside the key: others are never returned.
    """

    def __init__(self, folder: str | Path | None, identity: Mapping[str, Any]) -> None:
        self.identity = json.dumps(identity, sort_keys=True, default=str)
        self.folder = Path(folder).expanduser() if folder else None

    def path(self, key: bytes) -> Path:
        """Return the name of the file of a key.

        Raises:
            ValueError: There is no folder.
        """
        if self.folder is None:
            raise ValueError('this cache has no folder')
        digest = hashlib.blake2s(self.identity.encode() + b'\0' + key, digest_size=16).hexdigest()
        return self.folder / digest[:2] / f'{digest}.safetensors'

    def get(self, key: bytes) -> dict[str, Tensor] | None:
        """Return the tensors of a key by their names, or None.

        Raises:
            DataError: The file is damaged.
        """
        if self.folder is None:
            return None
        from safetensors.torch import load_file

        path = self.path(key)
        try:
            return load_file(path)
        except FileNotFoundError:
            return None
        except Exception as error:  # of safetensors, without a class of their own
            raise DataError(f'{path} is damaged ({error}); delete it') from error

    def put(self, key: bytes, tensors: Mapping[str, Tensor], note: str = '') -> None:
        """Remember tensors.

        Args:
            key: Of them.
            tensors: By name.
            note: For who looks at the file.
        """
        if self.folder is None:
            return
        from safetensors.torch import save_file

        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        with replacing(self.path(key)) as temporary:
            save_file(whole, temporary, metadata={'of': note, 'by': self.identity})


def digest(module: nn.Module) -> str:
    """Return a hash of all weights of a network, whatever device they are on."""
    found = hashlib.blake2s()
    for name, value in sorted(module.state_dict().items()):
        found.update(f'{name} {value.dtype} {tuple(value.shape)}'.encode())
        found.update(
            value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    return found.hexdigest()


def image_key(image: Tensor) -> bytes:
    """Return what stands for an image in a cache: its very values."""
    values = image.detach().cpu().contiguous()
    return f'{values.dtype} {tuple(values.shape)} '.encode() + values.numpy().tobytes()
