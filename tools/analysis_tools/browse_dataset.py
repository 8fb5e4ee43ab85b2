"""Draw samples of a training set as the network sees them, after augmentation."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.apis.cli import config_parser, natural, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Draw."""
    parser = config_parser(__doc__)
    parser.add_argument('--out', type=Path, required=True, help='folder for the pictures')
    parser.add_argument('--num', type=positive_int, default=16, help='number of samples')
    parser.add_argument('--epoch', type=natural, default=0, help='whose augmentation to show')
    args = parser.parse_args(argv)
    config = load_config(args.config, args.cfg_options)
    draw(config, args.out, args.num, args.epoch)


def draw(config: Any, out: Path, count: int, epoch: int) -> None:
    """Write pictures of the first ``count`` training samples, with boxes, to ``out``."""
    from mmengine.registry import DATASETS, VISUALIZERS, init_default_scope
    from rich.progress import track

    from mmsar.datasets import SampleKey
    from mmsar.engine.hooks.picture import to_picture

    init_default_scope(config.get('default_scope', 'mmengine'))
    dataset = DATASETS.build(config.train_dataloader.dataset)
    visualizer = VISUALIZERS.build({**config.visualizer, 'vis_backends': []})
    visualizer.dataset_meta = dataset.metainfo
    seed = config.get('randomness', {}).get('seed') or 0
    swap = bool(config.model.get('data_preprocessor', {}).get('bgr_to_rgb'))
    out.mkdir(parents=True, exist_ok=True)
    numbers = range(min(count, len(dataset)))
    for number in track(numbers, 'drawing', disable=not os.isatty(1)):
        item = dataset[SampleKey(seed, epoch, number)]
        sample = item['data_samples']
        shape = {'ori_shape': sample.img_shape, 'scale_factor': (1.0, 1.0)}
        sample.gt_instances.bboxes = sample.gt_instances.bboxes.tensor
        visualizer.add_datasample(
            'train',
            to_picture(item['inputs'], shape, swap),
            sample,
            draw_pred=False,
            out_file=str(out / f'{number:04d}_{Path(sample.img_path).stem}.png'),
        )


if __name__ == '__main__':
    run_tool(main)
