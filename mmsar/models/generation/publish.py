"""Putting trained networks into a folder like that of Stable Diffusion."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.generation.stable_diffusion import load_network
from mmsar.models.weights import misfits, without_prefix


def publish(folder: Path, weights: Mapping[str, Tensor], out: Path, source: str) -> str:
    """Write a folder in which one network is that of a training, the rest being as it was.

    Args:
        folder: That the training began with (``model.pretrained``).
        weights: Of :class:`mmsar.LatentAutoencoder` or :class:`mmsar.LatentDiffusion`.
        out: Must not exist. It appears when it is whole.
        source: Of the weights, for messages.

    Returns:
        The network that was replaced, ``vae`` or ``unet``.

    Raises:
        ConfigError: ``out`` exists, or ``folder`` is none.
        CheckpointError: The weights are none of these, do not fit, or were trained behind another
            autoencoder.
    """
    if out.exists():
        raise ConfigError(f'{out} exists; name another folder, or delete it first')
    if not folder.is_dir():
        raise ConfigError(f'{folder} is no folder; give the one that the training began with')
    vae = load_network(str(folder), 'vae')
    if 'latent_variance' in weights:
        part, network = 'vae', _filled(vae, weights, 'vae', source)
        factor = float(weights['latent_variance']) ** -0.5
        network.register_to_config(scaling_factor=factor)
    else:
        part, network = 'unet', _filled(load_network(str(folder), 'unet'), weights, 'unet', source)
        _require_same(vae.state_dict(), without_prefix(weights, 'vae.'), folder, source)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f'.{out.name}.', dir=out.parent))
    try:
        shutil.copytree(
            folder, temporary, dirs_exist_ok=True, ignore=lambda at, _: _replaced(folder, at, part)
        )
        network.save_pretrained(temporary / part)
        temporary.chmod(0o755)
        temporary.replace(out)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return part


def _filled(network: Any, weights: Mapping[str, Tensor], part: str, source: str) -> Any:
    found = without_prefix(weights, f'{part}.')
    problems = misfits(found, network.state_dict())
    if problems:
        raise CheckpointError(
            f'{source}, weights named {part}.*: {problems}. Is it a training of '
            'mmsar.LatentAutoencoder or mmsar.LatentDiffusion that began with this folder?'
        )
    network.load_state_dict(found)
    return network


def _require_same(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], folder: Path, source: str
) -> None:
    if any(name not in found or not torch.equal(w, found[name]) for name, w in wanted.items()):
        raise CheckpointError(
            f'{source} was trained behind another autoencoder than that of {folder}; give the '
            'folder that the training began with (model.pretrained)'
        )


def _replaced(folder: Path, at: str, part: str) -> list[str]:
    return [part] if Path(at) == folder else []
