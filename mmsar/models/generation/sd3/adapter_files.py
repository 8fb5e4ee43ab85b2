"""Files of LoRA adapters that diffusers and ComfyUI read."""

import tempfile
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from mmsar.errors import CheckpointError
from mmsar.io import replacing

FILE = 'pytorch_lora_weights.safetensors'


def save_adapters(transformer: Any, adapters: nn.Module, folder: Path) -> Path:
    """Write adapters as diffusers does; the file is there whole or not at all.

    Args:
        transformer: That has them.
        adapters: Of :func:`mmsar.models.generation.sd3.adapters.add_adapters`.
        folder: ``StableDiffusion3Pipeline.load_lora_weights(folder)`` reads it.

    Returns:
        The file, named as diffusers names it.
    """
    from diffusers import StableDiffusion3Pipeline

    weights = {name: value.detach().cpu() for name, value in adapters.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.adapters.', dir=folder) as temporary:
        StableDiffusion3Pipeline.save_lora_weights(
            temporary,
            transformer_lora_layers=weights,
            transformer_lora_adapter_metadata=_metadata(transformer),
        )
        with replacing(folder / FILE) as target:
            target.write_bytes((Path(temporary) / FILE).read_bytes())
    return folder / FILE


def _metadata(transformer: Any) -> dict[str, Any]:
    found = transformer.peft_config['default'].to_dict()
    # Sets are written in any order.
    return {k: sorted(v) if isinstance(v, set) else v for k, v in found.items()}


def read_adapters(path: Path) -> dict[str, Tensor]:
    """Return the weights of a file of adapters, or of one in a folder, without ``transformer.``.

    Raises:
        CheckpointError: There is none, or it is of something else.
    """
    from safetensors.torch import load_file

    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise CheckpointError(f'{file} does not exist; name a file of adapters, or its folder')
    try:
        weights = load_file(file)
    except Exception as error:  # of safetensors, without a class of their own
        raise CheckpointError(f'{file} cannot be read: {error}') from error
    prefix = 'transformer.'
    if not weights or not all(key.startswith(prefix) and '.lora_' in key for key in weights):
        raise CheckpointError(
            f'{file} has no adapters of a transformer alone (keys transformer.*.lora_A.weight)'
        )
    return {key.removeprefix(prefix): value for key, value in weights.items()}
