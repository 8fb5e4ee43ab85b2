"""Test a trained model: metrics, predictions as a file, pictures.

The metrics are written to test_results.json in the work folder, with what they stand on.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process

from mmsar.apis.cli import add_launcher, config_parser, export_local_rank
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import build_runner, find_checkpoint, needs_checkpoint, set_work_dir
from mmsar.apis.provenance import KeepMetaHook, write_test_results
from mmsar.errors import ConfigError


def main(argv: Sequence[str] | None = None) -> None:
    """Test."""
    parser = config_parser(__doc__)
    parser.add_argument(
        'checkpoint',
        nargs='?',
        help='checkpoint, URL, or a work folder (its last checkpoint is taken); may be left out '
        'where test_cfg needs none, as mmsar.MigrationLoop',
    )
    parser.add_argument('--work-dir', help='folder for the metrics (test_results.json) and the log')
    parser.add_argument('--out', metavar='FILE.pkl', help='write all predictions to this file')
    parser.add_argument('--show-dir', help='draw predictions beside ground truth into this folder')
    add_launcher(parser)
    args = parser.parse_args(argv)
    export_local_rank(args)
    if args.out and Path(args.out).suffix not in ('.pkl', '.pickle'):
        raise ConfigError(f'--out {args.out}: the name must end in .pkl')

    if args.show_dir and args.launcher != 'none':
        raise ConfigError('--show-dir draws in one process: run tools/test.py without a launcher')

    config = load_config(args.config, args.cfg_options)
    set_work_dir(config, args.config, args.work_dir)
    config.load_from = _checkpoint(config, args)
    config.resume = False
    if args.show_dir:
        if 'picture' not in config.get('default_hooks', {}):
            raise ConfigError('--show-dir needs default_hooks.picture in the config')
        config.default_hooks.picture.update(draw=True, out_dir=args.show_dir)
    # Nothing to train: the training data need not be here.
    for key in ('train_dataloader', 'train_cfg', 'optim_wrapper', 'param_scheduler'):
        config[key] = None
    for key in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        config[key] = None

    # The work folder keeps the config of the training under its own name.
    config.__dict__['_filename'] = f'test_{Path(args.config).name}'
    runner = build_runner(config, args.launcher)
    if args.out:
        runner.test_evaluator.metrics.append(_dump_results(config, args.out))
    kept = KeepMetaHook()
    runner.register_hook(kept)
    metrics = runner.test()
    write_test_results(config, args.config, config.load_from, kept.meta, metrics)
    if is_main_process():
        _print_table(metrics)


def _checkpoint(config: Any, args: argparse.Namespace) -> str | None:
    """Return the checkpoint to test, None where there is none to be.

    Raises:
        ConfigError: One is missing, or a flag asks for predictions of a test that makes none.
    """
    if needs_checkpoint(config):
        if args.checkpoint is None:
            raise ConfigError('name the checkpoint to test: tools/test.py CONFIG CHECKPOINT')
        return find_checkpoint(args.checkpoint)
    for flag in ('out', 'show_dir'):
        if getattr(args, flag):
            raise ConfigError(
                f'--{flag.replace("_", "-")} is for predictions, and {config.test_cfg.type} makes '
                'none'
            )
    return None if args.checkpoint is None else find_checkpoint(args.checkpoint)


def _print_table(metrics: dict[str, Any]) -> None:
    """Print the metrics that are defined, one a line (COCO gives -1 where there is nothing)."""
    print()
    shown = {k: v for k, v in metrics.items() if isinstance(v, int | float) and v >= 0}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        print(f'{name:{width}}  {value:.3f}')


def _dump_results(config: object, path: str) -> object:
    """Return the metric that writes predictions, the host's own if it has one."""
    from mmengine.registry import METRICS, DefaultScope

    scope = DefaultScope.get_current_instance()
    name = 'DumpDetResults' if scope and scope.scope_name == 'mmdet' else 'DumpResults'
    return METRICS.build({'type': name, 'out_file_path': path})


if __name__ == '__main__':
    run_tool(main)
