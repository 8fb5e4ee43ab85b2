"""Settings of HiViT, checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmsar.errors import ConfigError

# 'slim' is ours, for CPUs. 'base' is as in SARATR-X; mmpretrain's has 24 blocks in the last stage.
ARCHITECTURES: dict[str, dict[str, Any]] = {
    'slim': {'embed_dims': 192, 'depths': (1, 1, 6), 'num_heads': 3},
    'tiny': {'embed_dims': 384, 'depths': (1, 1, 10), 'num_heads': 6},
    'small': {'embed_dims': 384, 'depths': (2, 2, 20), 'num_heads': 6},
    'base': {'embed_dims': 512, 'depths': (2, 2, 20), 'num_heads': 8},
}


def architecture(arch: str | Mapping[str, Any]) -> tuple[int, tuple[int, int, int], int]:
    """Return width, depths of the three stages, and number of heads.

    Args:
        arch: A name, or a dict with ``embed_dims``, ``depths`` and ``num_heads``.

    Raises:
        ConfigError: It is neither, or the numbers do not fit one another.
    """
    keys = ARCHITECTURES['base'].keys()
    found = ARCHITECTURES.get(arch) if isinstance(arch, str) else arch
    if not isinstance(found, Mapping) or set(found) != set(keys):
        raise ConfigError(
            f'HiViT: arch={arch!r}; choose one of {", ".join(ARCHITECTURES)}, or give a dict with '
            f'{", ".join(keys)}'
        )
    dims, depths, heads = (found[key] for key in keys)
    require(len(depths) == 3 and min(depths) > 0, 'depths', depths, 'three numbers above 0')
    require(dims % 4 == 0, 'embed_dims', dims, 'a multiple of 4')
    require(heads > 0 and dims % heads == 0, 'num_heads', heads, f'a divisor of embed_dims={dims}')
    return dims, tuple(depths), heads


def base_grid(img_size: int | Sequence[int], patch_size: int, inner: int) -> tuple[int, int]:
    """Return rows and columns of units.

    Raises:
        ConfigError: The patch size is no multiple of ``inner``, or the size not one of it.
    """
    require(
        patch_size > 0 and patch_size % inner == 0,
        *('patch_size', patch_size, f'a multiple of {inner}'),
    )
    size = (img_size, img_size) if isinstance(img_size, int) else tuple(img_size)
    require(
        len(size) == 2 and min(size) > 0 and not any(side % patch_size for side in size),
        *('img_size', img_size, f'one or two multiples of patch_size={patch_size}'),
    )
    return size[0] // patch_size, size[1] // patch_size


def require(condition: bool, name: str, value: Any, wanted: str) -> None:
    """Raise a ConfigError that names a setting, unless a condition holds."""
    if not condition:
        raise ConfigError(f'HiViT: {name}={value!r}; it must be {wanted}')
