"""Convert the ImageNet weights of timm's darknet53 for mmdet's Darknet.

timm downloads them, or --weights names a file. What is written is a Pretrained checkpoint:
init_cfg=dict(type='Pretrained', checkpoint='checkpoints/darknet53_timm.pth'). Its meta holds the
mean, the standard deviation and the slope of the activation that a config must use with it.
"""

import argparse
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmsar.apis.cli import require_output
from mmsar.apis.explain import run_tool
from mmsar.compat.mmengine_checkpoint import load_file
from mmsar.errors import CheckpointError, ConfigError
from mmsar.io import replacing

NAME = 'darknet53.c2ns_in1k'


def main(argv: Sequence[str] | None = None) -> None:
    """Convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out', type=Path, nargs='?', default=Path('checkpoints/darknet53_timm.pth'),
        metavar='OUT.pth', help='default: %(default)s',
    )  # fmt: skip
    parser.add_argument(
        '--weights', type=Path, metavar='FILE',
        help="local state dict of timm's model (.safetensors, .pth, .pt) in place of a download",
    )  # fmt: skip
    args = parser.parse_args(argv)
    require_output(args.out, 'OUT', '.pth')
    if importlib.util.find_spec('timm') is None:
        raise ConfigError('this needs timm: pip install -c requirements/constraints.txt timm')
    from mmsar.models.backbones.darknet53_weights import from_timm

    weights = download() if args.weights is None else read(args.weights)
    source = f'timm {NAME}' if args.weights is None else str(args.weights)
    checkpoint = {'state_dict': from_timm(weights, source), 'meta': meta(args.weights)}
    with replacing(args.out) as temporary:
        torch.save(checkpoint, temporary)
    print(f'wrote {args.out}: {len(checkpoint["state_dict"])} weights; {checkpoint["meta"]}')


def meta(file: Path | None) -> dict[str, Any]:
    """Say where the weights are from, and what a config must set with them."""
    from timm.models import get_pretrained_cfg

    from mmsar.models.backbones.darknet53_weights import NEGATIVE_SLOPE

    card = get_pretrained_cfg(NAME)
    if card is None:
        raise ConfigError(f'the installed timm does not know {NAME}; take a newer one')
    return {
        'source': f'timm {NAME}' if file is None else f"timm's darknet53, {file.name}",
        'mean': [round(255 * value, 3) for value in card.mean],
        'std': [round(255 * value, 3) for value in card.std],
        'channel_order': 'rgb',
        'negative_slope': NEGATIVE_SLOPE,
        'licence': card.license,
    }


def download() -> Mapping[str, Tensor]:
    """Let timm download the weights, or find them in its cache.

    Raises:
        CheckpointError: There is no network.
    """
    import timm

    try:
        return timm.create_model(NAME, pretrained=True).state_dict()
    except (OSError, RuntimeError) as error:  # no network; a download that was cut off
        reason = str(error).strip().partition('\n')[0]
        raise CheckpointError(
            f'timm cannot download {NAME}: {reason}\n'
            f'  Without network: fetch model.safetensors of https://huggingface.co/timm/{NAME} on '
            'another machine,\n  copy it here, and give it: --weights FILE'
        ) from error


def read(path: Path) -> Mapping[str, Tensor]:
    """Read a state dict, bare or under the key ``state_dict``.

    Raises:
        CheckpointError: The file cannot be read, or holds no weights by name.
    """
    weights: Any
    if path.suffix == '.safetensors':
        weights = read_safetensors(path)
    elif path.suffix in ('.pth', '.pt'):
        weights = load_file(path, map_location='cpu')
        weights = weights.get('state_dict', weights) if isinstance(weights, dict) else weights
    else:
        raise CheckpointError(f'--weights {path}: the name must end in .safetensors, .pth or .pt')
    if not isinstance(weights, dict) or not all(torch.is_tensor(w) for w in weights.values()):
        raise CheckpointError(f'--weights {path} holds no weights by name')
    return weights


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Read a file of safetensors."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file as load_safetensors

    if not path.is_file():
        raise CheckpointError(f'--weights {path} does not exist; check the path')
    try:
        return load_safetensors(path)
    except SafetensorError as error:
        raise CheckpointError(
            f'--weights {path} is truncated or not a safetensors file ({error}); copy it again'
        ) from error


if __name__ == '__main__':
    run_tool(main)
