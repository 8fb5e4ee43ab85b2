"""Compare the time that pairs of ISAR images take with a training step on them.

Pairs are simulated from scratch, and read from a cache that was filled before; the step is that of
the config's model on a batch. All is CPU time of one thread. A worker keeps the model busy if a
batch takes no longer than the step.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from mmsar.apis.cli import config_parser, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.randomness import seed_host


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('--pairs', type=positive_int, default=48, help='simulated; default 48')
    parser.add_argument('--rounds', type=positive_int, default=5, help='training steps; default 5')
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    config = load_config(args.config, args.cfg_options)
    simulated, cached = (statistics.median(values) for values in time_pairs(config, args.pairs))
    step = statistics.median(time_steps(config, args.rounds))
    size = config.train_dataloader.batch_size
    print(f'training step of {size} pairs: {1e3 * step:.0f} ms, {size / step:.0f} pairs/s')
    for name, seconds in (('simulated', simulated), ('from the cache', cached)):
        print(
            f'{name}: {1e3 * seconds:.1f} ms a pair, {1 / seconds:.0f} pairs/s of a worker; '
            f'a batch takes {size * seconds / step:.2f} of a step'
        )


def time_pairs(config: Any, pairs: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each pair through the training pipeline: simulated, and read."""
    from mmengine.registry import DATASETS, init_default_scope

    init_default_scope(config.get('default_scope', 'mmagic'))
    settings = dict(config.train_dataloader.dataset.dataset)
    with tempfile.TemporaryDirectory() as folder:
        fresh = DATASETS.build({**settings, 'cache_dir': None})
        kept = DATASETS.build({**settings, 'cache_dir': folder})
        numbers = range(min(pairs, len(fresh)))
        for number in (len(fresh) - 1, *numbers):  # plans of the imaging are made once
            kept[number]
        return _seconds_each(fresh, numbers), _seconds_each(kept, numbers)


def time_steps(config: Any, rounds: int) -> list[float]:
    """Return the seconds of training steps, after one that warms up."""
    from mmengine.optim import build_optim_wrapper
    from mmengine.registry import MODELS, init_default_scope

    init_default_scope(config.get('default_scope', 'mmagic'))
    seed_host(0)
    model = MODELS.build(config.model).train()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    batch = _batch(config)
    seconds = [_seconds(lambda: model.train_step(batch, optimizer)) for _ in range(1 + rounds)]
    return seconds[1:]


def _batch(config: Any) -> Any:
    from mmengine.dataset import pseudo_collate
    from mmengine.registry import DATASETS

    dataset = DATASETS.build({**config.train_dataloader.dataset.dataset, 'cache_dir': None})
    return pseudo_collate([dataset[n] for n in range(config.train_dataloader.batch_size)])


def _seconds_each(dataset: Any, numbers: range) -> list[float]:
    return [_seconds(partial(dataset.__getitem__, number)) for number in numbers]


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == '__main__':
    run_tool(main)
