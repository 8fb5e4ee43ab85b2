"""The device that a tool's user names."""

import torch

from mmsar.errors import ConfigError


def require_device(name: str) -> torch.device:
    """Return a device that can be computed on.

    Args:
        name: Such as ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        ConfigError: There is none of this name, or PyTorch cannot use it.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # a build without CUDA
        reason = str(error).partition('\n')[0]
        raise ConfigError(
            f'device {name!r} cannot be used: {reason}\n  Give cpu, or cuda or cuda:1 where '
            'tools/doctor.py finds such a GPU'
        ) from error
    return device
