"""Draw what a network makes of inverse SAR images: input, bicubic, network and truth, in dB."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.cli import config_parser, require_output
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Draw."""
    parser = config_parser(__doc__ or '')
    parser.add_argument('checkpoint', help='a file, or a work folder')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')
    parser.add_argument(
        '--pairs', nargs='+', default=['relay_view04_snr20', 'station_view04_snr10'],
        metavar='NAME', help='of the benchmark; default: %(default)s',
    )  # fmt: skip
    parser.add_argument(
        '--aircraft', type=Path, metavar='DIR', help='the measured aircraft, too: its folder'
    )
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.png')

    from mmsar.apis.config import load_config
    from mmsar.apis.isar_benchmark.measure import load_restorer
    from mmsar.visualization.isar_panel import draw_isar_images

    config = load_config(args.config, args.cfg_options)
    model, _, _ = load_restorer(config, args.checkpoint)
    rows = {}
    for name in args.pairs:
        rows[name] = images_of(config, model, {'kind': 'benchmark'}, name)
    if args.aircraft:
        source = {'kind': 'aircraft', 'folder': str(args.aircraft)}
        rows['measured aircraft'] = images_of(config, model, source, 'aircraft', margin=0.3)
    draw_isar_images(args.out, rows)
    print(f'wrote {args.out}')


def images_of(
    config: Any, model: Any, source: dict[str, Any], name: str, margin: float = 0.0
) -> dict[str, Any]:
    """Return amplitudes by title.

    Args:
        config: With the test set.
        model: Trained.
        source: Of :class:`mmsar.PhaseHistoryPairs`.
        name: Of the pair.
        margin: Share of rows and columns to leave out at each side.

    Raises:
        ConfigError: There is no such pair.
    """
    import numpy as np
    from mmengine.dataset import pseudo_collate
    from mmengine.registry import DATASETS

    from mmsar.errors import ConfigError
    from mmsar.evaluation.restoration.baselines import baseline_images

    settings = {**config.test_dataloader.dataset, 'source': source}
    data = DATASETS.build(settings)
    keys = [data.get_data_info(number)['key'] for number in range(len(data))]
    if name not in keys:
        raise ConfigError(f'--pairs: the benchmark has no {name}; it has {keys[0]}, {keys[1]}, ...')
    (sample,) = model.test_step(pseudo_collate([data[keys.index(name)]]))
    found = sample.to_dict()
    low, high = config.decibels
    images = {
        f'low resolution, 1/{model.scale}': found['input'],
        'bicubic': baseline_images(found, ['bicubic'], 0.0)['bicubic'],
        'network': found['output']['pred_img'],
        'high resolution': found['gt_img'],
    }
    drawn = {}
    for title, image in images.items():
        pixels = image[0].float().clamp(0, 1).numpy()
        edges = [round(margin * side) for side in pixels.shape]
        inside = pixels[edges[0] : len(pixels) - edges[0], edges[1] : pixels.shape[1] - edges[1]]
        drawn[title] = 10 ** ((low + inside * (high - low)) / 20)
        drawn[title] = np.where(inside > 0, drawn[title], 0)
    return drawn


if __name__ == '__main__':
    run_tool(main)
