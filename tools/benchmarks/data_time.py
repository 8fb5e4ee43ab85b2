"""Measure which part of a training iteration waits for data.

Runs the config's own training for some iterations and reports the median, over the iterations
after the first few, of the time spent waiting for a batch and of the whole iteration.
"""

import contextlib
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook

from mmsar.apis.cli import config_parser, natural, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.apis.launch import build_runner

WARM_UP = 5


class Recorder(Hook):
    """Record what ``IterTimerHook`` measures, and stop after some iterations."""

    priority = 'BELOW_NORMAL'  # after IterTimerHook

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self.data: list[float] = []
        self.total: list[float] = []

    def after_train_iter(self, runner: Any, batch_idx: int, **kwargs: Any) -> None:
        """Take the last values."""
        scalars = runner.message_hub.log_scalars
        self.data.append(float(scalars['train/data_time'].current()))
        self.total.append(float(scalars['train/time'].current()))
        if len(self.total) >= self.iterations:
            raise StopIteration


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('--iterations', type=positive_int, default=30)
    parser.add_argument('--workers', type=natural, nargs='+', default=[0, 2])
    args = parser.parse_args(argv)
    print('workers  data [s]  iteration [s]  data / iteration')
    for workers in args.workers:
        config = load_config(args.config, args.cfg_options)
        data, total = measure(config, workers, WARM_UP + args.iterations)
        print(f'{workers:7d}  {data:8.4f}  {total:13.4f}  {data / total:16.1%}')


def measure(config: Any, workers: int, iterations: int) -> tuple[float, float]:
    """Return the medians of data and iteration time in seconds."""
    config.train_dataloader.num_workers = workers
    config.train_dataloader.persistent_workers = workers > 0
    config.log_level = 'ERROR'
    for key in ('val_dataloader', 'val_cfg', 'val_evaluator'):
        config[key] = None
    config.default_hooks.checkpoint.update(interval=-1, save_last=False)
    if 'max_epochs' in config.train_cfg:
        config.train_cfg.max_epochs = 10_000  # the recorder ends the run
    with tempfile.TemporaryDirectory() as folder:
        config.work_dir = folder
        # mmengine keeps visualizers by name; each run needs its own.
        config.experiment_name = Path(folder).name
        config.visualizer = None
        runner = build_runner(config)
        recorder = Recorder(iterations)
        runner.register_hook(recorder)
        with contextlib.suppress(StopIteration):
            runner.train()
    return (
        statistics.median(recorder.data[WARM_UP:]),
        statistics.median(recorder.total[WARM_UP:]),
    )


if __name__ == '__main__':
    run_tool(main)
