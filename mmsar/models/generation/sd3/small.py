"""Folders like those of Stable Diffusion 3.5, with small networks of random weights."""

import json
import shutil
import tempfile
from pathlib import Path

import torch

from mmsar.errors import ConfigError
from mmsar.models.generation.autoencoder_start import start_as_code
from mmsar.models.generation.sd3.architectures import ARCHITECTURES
from mmsar.models.generation.sd3.small_text import (
    WORDS,
    build_clip,
    build_t5,
    write_clip_tokenizer,
    write_t5_tokenizer,
)

SIZES = ('tiny', 'mini')
_CLASSES = {
    'scheduler': ('diffusers', 'FlowMatchEulerDiscreteScheduler'),
    'text_encoder': ('transformers', 'CLIPTextModelWithProjection'),
    'text_encoder_2': ('transformers', 'CLIPTextModelWithProjection'),
    'text_encoder_3': ('transformers', 'T5EncoderModel'),
    'tokenizer': ('transformers', 'CLIPTokenizer'),
    'tokenizer_2': ('transformers', 'CLIPTokenizer'),
    'tokenizer_3': ('transformers', 'T5TokenizerFast'),
    'transformer': ('diffusers', 'SD3Transformer2DModel'),
    'vae': ('diffusers', 'AutoencoderKL'),
}


def write_small_stable_diffusion_3(folder: Path, size: str = 'tiny', seed: int = 0) -> None:
    """Write a folder in the format of the hub; nothing is downloaded.

    It is loaded as the real one is, also by diffusers' ``StableDiffusion3Pipeline``. The weights
    are random: train them, or it shows no more than that a pipeline runs.

    Args:
        folder: Must not exist.
        size: ``tiny`` for tests, ``mini`` for a training on a CPU.
        seed: Of the weights.

    Raises:
        ConfigError: The folder exists, the size is unknown, or a package is not installed.
    """
    if folder.exists():
        raise ConfigError(f'{folder} exists; name another folder, or delete it first')
    if size not in SIZES:
        raise ConfigError(f'size={size!r}; choose one of {", ".join(SIZES)}')
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f'.{folder.name}.', dir=folder.parent))
    try:
        _write(temporary, size, seed)
        temporary.chmod(0o755)
        temporary.replace(folder)
    except ImportError as error:
        raise ConfigError(
            f"this needs diffusers and transformers ({error}): pip install -e '.[diffusion]'"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write(folder: Path, size: str, seed: int) -> None:
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel

    shape = ARCHITECTURES[size]
    for number, suffix in enumerate(('', '_2')):
        words = write_clip_tokenizer(folder / f'tokenizer{suffix}', shape.tokens, WORDS)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(2 * seed + number)
            encoder = build_clip(shape.clip[number], words, shape.tokens)
        encoder.save_pretrained(folder / f'text_encoder{suffix}')
    words = write_t5_tokenizer(folder / 'tokenizer_3', shape.tokens)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = {
            'text_encoder_3': build_t5(shape.t5, words),
            'transformer': SD3Transformer2DModel(**shape.transformer),
            'vae': AutoencoderKL(**shape.vae),
            'scheduler': FlowMatchEulerDiscreteScheduler(shift=shape.shift),
        }
        if parts['vae'].config.in_channels != 3:
            start_as_code(parts['vae'])
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    write_index(folder)


def write_index(folder: Path) -> None:
    """Say which classes the parts have, as ``StableDiffusion3Pipeline`` wants to know."""
    from diffusers import __version__

    absent = {'feature_extractor': (None, None), 'image_encoder': (None, None)}
    index = {
        '_class_name': 'StableDiffusion3Pipeline',
        '_diffusers_version': __version__,
        **dict(sorted({**_CLASSES, **absent}.items())),
    }
    (folder / 'model_index.json').write_text(json.dumps(index, indent=2) + '\n')
