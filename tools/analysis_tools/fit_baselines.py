"""Fit gain and offset of the baselines of super-resolution on training data.

A network learns the level of the truth; for a fair comparison bicubic, sinc and black may do so,
too: the least squares of ``gain * baseline + offset`` against the truth, on the foreground or on
all pixels. The result goes into ``fitted`` of the metrics in the config. Samples are those of
training, whole, through the pipeline of the test.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmsar.apis.cli import config_parser, positive_int, require_output
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError

Sums = dict[str, np.ndarray[Any, Any]]


def main(argv: Sequence[str] | None = None) -> None:
    """Fit."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('--pairs', type=positive_int, default=200, help='of training; default 200')
    parser.add_argument('--out', type=Path, metavar='FILE.json', help='write the figures, too')
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.json')
    config = load_config(args.config, args.cfg_options)
    found = fit(config, args.pairs)
    for region, pairs in found.items():
        text = ', '.join(f'{name}=({a:.4f}, {b:.4f})' for name, (a, b) in pairs.items())
        print(f'{region}: fitted=dict({text})')
    if args.out:
        from mmsar.evaluation.report import write_json

        write_json(args.out, found)


def fit(config: Any, pairs: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Return gain and offset of each baseline, by region: ``foreground`` and ``all``.

    Args:
        config: With a test pipeline that has truths, and ``mmsar.RestorationMetric``.
        pairs: Of training, from the first on.
    """
    from mmengine.registry import DATASETS, init_default_scope
    from rich.progress import track

    from mmsar.apis.config import part_dataloader
    from mmsar.evaluation.restoration.baselines import baseline_images

    init_default_scope(config.get('default_scope', 'mmagic'))
    metric = _metric(config)
    settings = config.train_dataloader.dataset
    settings = dict(settings.get('dataset', settings))
    whole = part_dataloader(config, 'test').dataset
    settings['pipeline'] = whole.pipeline
    if 'sinc' in whole:
        settings |= {'sinc': whole.sinc, 'cache_dir': None}
    dataset = DATASETS.build(settings)
    sums: dict[str, Sums] = {'foreground': {}, 'all': {}}
    for number in track(range(min(pairs, len(dataset))), 'fitting'):
        item = dataset[number]
        sample = item['data_samples'].to_dict()
        sample['input'] = item['inputs']
        truth = sample['gt_img'].float().clamp(*metric.value_range)
        mask = metric.foreground(truth)
        images = baseline_images(sample, metric.baselines, metric.value_range[0])
        for name, image in images.items():
            image = image.clamp(*metric.value_range)
            for region, part in (('foreground', mask), ('all', mask | True)):
                x, y = image[part].double().numpy(), truth[part].double().numpy()
                new = np.array([len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum()])
                sums[region][name] = sums[region].get(name, np.zeros(5)) + new
    return {
        region: {name: _line(values) for name, values in by_name.items()}
        for region, by_name in sums.items()
    }


def _line(sums: np.ndarray[Any, Any]) -> tuple[float, float]:
    _, x, y, xx, xy = sums / max(sums[0], 1)
    variance = xx - x * x
    gain = (xy - x * y) / variance if variance > 1e-12 else 0.0
    return float(gain), float(y - gain * x)


def _metric(config: Any) -> Any:
    from mmengine.registry import METRICS

    evaluators = config.test_evaluator
    for settings in evaluators if isinstance(evaluators, list) else [evaluators]:
        if str(settings['type']).endswith('RestorationMetric'):
            return METRICS.build({**settings, 'fitted': None})
    raise ConfigError('test_evaluator of the config has no mmsar.RestorationMetric')


if __name__ == '__main__':
    run_tool(main)
