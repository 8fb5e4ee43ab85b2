"""Write what a training of a diffusion model has made in the format of the hub.

Of LoRA: pytorch_lora_weights.safetensors, for diffusers and ComfyUI. Of a whole transformer, a
U-Net or an autoencoder: a folder with all parts, those that were not trained being copied from
model.pretrained; for diffusers and as model.pretrained.
"""

from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import config_parser
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Export."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('checkpoint', help='checkpoint, or a work folder (its last one is taken)')
    parser.add_argument('out', type=Path, metavar='FOLDER')
    args = parser.parse_args(argv)
    config = load_config(args.config, args.cfg_options)
    from mmsar.engine.generation.weights import read_start, take
    from mmsar.registry import MODELS

    start = read_start(args.checkpoint, config.model)
    model = MODELS.build(config.model)
    if not hasattr(model, 'export'):
        raise ConfigError(
            f'{type(model).__name__} has no format of the hub: see docs/generation.md'
        )
    take(model, start)
    model.export(args.out)
    print(f'wrote {args.out}')


if __name__ == '__main__':
    run_tool(main)
