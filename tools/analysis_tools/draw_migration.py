"""Draw what each loss of migration does: one is added after the other, from left to right.

draw_migration.py CONFIG --content A.png B.png --style C.png --out losses.png
"""

from collections.abc import Sequence
from pathlib import Path

from mmsar.apis.cli import config_parser, require_output
from mmsar.apis.explain import run_tool

# Losses with a weight, in the order in which they are added.
LOSSES = {
    'ad': 'attention distillation',
    'content': '+ content',
    'speckle': '+ speckle',
    'high_frequency': '+ high frequencies',
}


def main(argv: Sequence[str] | None = None) -> None:
    """Draw."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('--content', type=Path, nargs='+', required=True, metavar='FILE')
    parser.add_argument(
        '--style', type=Path, nargs='+', required=True, metavar='FILE', help='all act on each'
    )
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.png')

    import torch

    from mmsar.apis.config import load_config
    from mmsar.engine.migration.values import Values
    from mmsar.errors import ConfigError
    from mmsar.models.generation import AttentionDistillation
    from mmsar.registry import MODELS
    from mmsar.visualization.migration_panel import draw_migration

    config = load_config(args.config, args.cfg_options)
    values = Values(config.test_cfg.load, config.test_cfg.stretch)
    contents, styles = (
        torch.stack([torch.from_numpy(values.read(path).image)[None] for path in paths])
        for paths in (args.content, args.style)
    )
    model = MODELS.build(config.model)
    if not isinstance(model, AttentionDistillation):
        raise ConfigError(f'{args.config}: the model has no losses to draw; it is {type(model)}')
    model.load()
    shape = (contents.shape[2], contents.shape[3])
    passed = model.coder.decode(model.coder.encode(contents), shape).detach().clamp(0, 1)
    columns = {'content': contents, 'autoencoder': passed}
    if model.start is not None:
        columns['start'] = model.start.migrate(contents, styles).images
    weights, model.weights = dict(model.weights), dict.fromkeys(model.weights, 0.0)
    for name, title in LOSSES.items():
        if weights[name]:
            model.weights[name] = weights[name]
            print(f'{title}: {model.steps} steps', flush=True)
            columns[title] = model.migrate(contents, styles).images
    speckle = model.speckle
    draw_migration(args.out, columns, styles, speckle.size, speckle.domain, speckle.power)
    print(f'wrote {args.out}')


if __name__ == '__main__':
    run_tool(main)
