"""Count the parameters and the multiply-adds of a model."""

from collections.abc import Sequence
from typing import Any

from mmsar.apis.cli import config_parser, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Count."""
    parser = config_parser(__doc__)
    parser.add_argument(
        '--shape',
        type=positive_int,
        nargs=2,
        default=(512, 512),
        metavar=('H', 'W'),
        help='input size',
    )
    args = parser.parse_args(argv)
    config = load_config(args.config, args.cfg_options)
    parameters, multiply_adds = count(config, *args.shape)
    print(f'input           {args.shape[0]} x {args.shape[1]}')
    print(f'parameters      {parameters / 1e6:.2f} M')
    print(f'multiply-adds   {multiply_adds / 1e9:.2f} G (convolutions, matrix products, attention)')


def count(config: Any, height: int, width: int) -> tuple[int, int]:
    """Return parameters and multiply-adds of the model's ``forward(mode='tensor')``."""
    import torch
    from mmengine.registry import MODELS, init_default_scope
    from torch.utils.flop_counter import FlopCounterMode

    init_default_scope(config.get('default_scope', 'mmengine'))
    model = MODELS.build(config.model).eval()  # without init_weights(): values do not matter
    channels = getattr(model.data_preprocessor, 'channels', 3)  # more: stacked views
    arguments: list[Any] = [torch.zeros(1, channels, height, width)]
    if config.get('default_scope') == 'mmdet':
        # A detector's second stage needs the size of the image.
        from mmdet.structures import DetDataSample

        shape = {'img_shape': (height, width), 'ori_shape': (height, width)}
        arguments.append([DetDataSample(metainfo=shape)])
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model(*arguments, mode='tensor')
    return sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2


if __name__ == '__main__':
    run_tool(main)
