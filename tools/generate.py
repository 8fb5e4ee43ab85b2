"""Generate radar images of classes or prompts.

Images lie in OUT/CLASS/ (OUT/prompt00/, ...) in the units of the training images.
OUT/manifest.jsonl says of each with which prompt and seed it was made. Start it again after an
interruption: what is done stays. The noise of an image follows --seed, its class and its number,
whatever the batch and the number of processes.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from mmsar.apis.cli import config_parser, natural, positive, positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.image_jobs import add_job_flags, load_job, run_job


def main(argv: Sequence[str] | None = None) -> None:
    """Generate."""
    parser = config_parser(__doc__ or '')
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='of the training: a checkpoint, a work folder, or adapters (a file, or its folder); '
        'left out, the model is that of the config',
    )
    parser.add_argument('--out', required=True, metavar='DIR', help='folder of the images')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--classes', nargs='+', metavar='NAME', help="default: all of the config's")
    what.add_argument('--prompts', nargs='+', metavar='TEXT', help='texts in place of classes')
    parser.add_argument(
        '--number', type=positive_int, metavar='N', help='images of each class or prompt'
    )
    parser.add_argument('--steps', type=positive_int, help='of the solver')
    parser.add_argument('--guidance', type=positive, help='1 for none')
    parser.add_argument('--seed', type=natural, help='of the noise')
    add_job_flags(parser, 'if settings have changed, remove the images and begin again')
    args = parser.parse_args(argv)

    config = load_job(args, 'mmsar.GenerationLoop', '_base_/generation_runtime.py')
    names = ('out', 'classes', 'prompts', 'number', 'steps', 'guidance', 'seed')
    given = {name: getattr(args, name) for name in names}
    config.test_cfg.update({name: value for name, value in given.items() if value is not None})
    if args.prompts:
        config.test_cfg.classes = None
    _start_from(config, args.checkpoint)
    run_job(config, args, 'generate')


def _start_from(config: Any, checkpoint: str | None) -> None:
    """Have the runner load a checkpoint, or the model its adapters."""
    from mmsar.engine.generation.weights import read_start

    config.load_from = None
    if checkpoint is None:
        return
    start = read_start(checkpoint, config.model)
    if start is not None and start.suffix == '.safetensors':
        config.model.adapters = str(start)
    else:
        config.load_from = str(start)


if __name__ == '__main__':
    run_tool(main)
