"""Find anchors for YOLO that fit the boxes of the training data, by k-means.

Boxes are taken as the network sees them: scaled by the pipeline's Resize, RandomResize (at its
largest scale) or RandomChoiceResize (likewise). Crops are not followed.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.cli import config_parser, natural, positive_int
from mmsar.apis.config import load_config
from mmsar.apis.explain import run_tool
from mmsar.errors import ConfigError, DataError
from mmsar.io import replacing

Sizes = NDArray[np.float64]


def main(argv: Sequence[str] | None = None) -> None:
    """Optimise."""
    parser = config_parser(__doc__ or '')
    parser.add_argument(
        '--num', type=positive_int, help="number of anchors; default: as many as the config's"
    )
    parser.add_argument(
        '--levels', type=positive_int, help='number of strides they are dealt to; default: likewise'
    )
    parser.add_argument('--seed', type=natural, default=0, help='of the starting points')
    parser.add_argument('--out', type=Path, metavar='FILE.json', help='write the result')
    args = parser.parse_args(argv)
    config = load_config(args.config, args.cfg_options)
    key, generator = find_generator(config.get('model'), 'model')
    own = np.array([size for level in generator['base_sizes'] for size in level], float)
    levels = args.levels or len(generator['strides'])
    num = args.num or len(own)
    if levels != len(generator['strides']):
        raise ConfigError(f'--levels {levels}: {key} has {len(generator["strides"])} strides')
    if num % levels:
        raise ConfigError(f'--num {num}: each of the {levels} levels needs as many anchors')

    sizes = training_sizes(config)
    from mmsar.models.task_modules import kmeans_anchors

    different = len(np.unique(sizes, axis=0))
    if different < num:
        raise DataError(
            f'the training data have {len(sizes)} boxes of {different} different sizes, too few '
            f'for {num} anchors; lower --num'
        )
    # As printed: the figures are those of what is pasted.
    new = kmeans_anchors(sizes, num, args.seed).round(1)
    scores = {'config': score(sizes, own), 'k-means': score(sizes, new)}
    print(f'{len(sizes)} boxes\n{"anchors":9}  mean best IoU  share above IoU 0.5')
    for name, values in scores.items():
        print(f'{name:9}  {values["mean_iou"]:13.3f}  {values["share_above_half"]:19.1%}')
    base_sizes = deal(new, levels)
    print(f'{key}.base_sizes = [')
    for level in base_sizes:
        print(f'    [{", ".join(f"({w:g}, {h:g})" for w, h in level)}],')
    print(']')
    if args.out:
        content = {'boxes': len(sizes), 'scores': scores, 'base_sizes': base_sizes}
        with replacing(args.out) as temporary:
            temporary.write_text(json.dumps(content, indent=2) + '\n')


def find_generator(node: Any, key: str) -> tuple[str, dict[str, Any]]:
    """Return the first YOLOAnchorGenerator of a model and its dotted name.

    Raises:
        ConfigError: There is none.
    """
    waiting = [(key, node)]
    while waiting:
        name, value = waiting.pop()
        if not isinstance(value, dict):
            continue
        if str(value.get('type')).split('.')[-1] == 'YOLOAnchorGenerator':
            return name, value
        waiting += [(f'{name}.{child}', value[child]) for child in value]
    raise ConfigError(f'{key} has no YOLOAnchorGenerator; this tool is for YOLO')


def training_sizes(config: Any) -> Sizes:
    """Return widths and heights (N, 2) in pixels of the network's input, ignored boxes left out."""
    from mmengine.registry import DATASETS, init_default_scope

    init_default_scope(config.get('default_scope', 'mmengine'))
    sizes = []
    for settings, pipeline in readers(config.train_dataloader.dataset, []):
        dataset = DATASETS.build({**settings, 'pipeline': []})
        for number in range(len(dataset)):
            info = dataset.get_data_info(number)
            width, height = info['width'], info['height']
            boxes = [box['bbox'] for box in info['instances'] if not box['ignore_flag']]
            corners = np.array(boxes, float).reshape(-1, 2, 2).clip(0, (width, height))
            scale = np.divide(resized((width, height), pipeline), (width, height))
            sizes.append((corners[:, 1] - corners[:, 0]) * scale)
    found = np.concatenate(sizes)
    return found[(found > 0).all(axis=1)]


def readers(
    settings: dict[str, Any], outer: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield the data sets within wrappers, and all steps that their samples go through."""
    steps = [*(settings.get('pipeline') or []), *outer]
    inner = settings.get('datasets') or ([settings['dataset']] if 'dataset' in settings else [])
    if not inner:
        yield settings, steps
    for part in inner:
        yield from readers(part, steps)


def resized(size: tuple[int, int], pipeline: list[dict[str, Any]]) -> tuple[int, int]:
    """Return width and height of an image after the resizing steps of a pipeline."""
    from mmcv import rescale_size

    for step in pipeline:
        scale = largest_scale(step)
        if scale is None:
            continue
        if step.get('keep_ratio', False) or isinstance(scale, float):
            size = rescale_size(size, scale)
        else:
            size = scale
    return size


def largest_scale(step: dict[str, Any]) -> Any:
    """Return (width, height) or a factor that a step resizes to; None if it does not resize."""
    kind = str(step['type']).split('.')[-1]
    if kind == 'RandomChoiceResize':
        scales = [pair(scale) for scale in step['scales']]
        return max(scales, key=lambda scale: scale[0] * scale[1])
    if kind == 'RandomResize':
        if not isinstance(step['scale'][0], int):  # a range
            return tuple(np.max([pair(scale) for scale in step['scale']], axis=0).tolist())
        factor = max(step.get('ratio_range') or (1.0,))
        return tuple(int(side * factor) for side in pair(step['scale']))
    if kind == 'Resize':
        if step.get('scale') is not None:
            return pair(step['scale'])
        factors = step['scale_factor']
        return float(factors if isinstance(factors, int | float) else factors[0])
    return None


def pair(scale: Any) -> tuple[int, int]:
    """Return (width, height) of a scale that may be one number."""
    return (scale, scale) if isinstance(scale, int) else (scale[0], scale[1])


def score(sizes: Sizes, anchors: Sizes) -> dict[str, float]:
    """Return the mean IoU of each box with its best anchor, and the share above 0.5."""
    from mmsar.models.task_modules import size_iou

    best = size_iou(sizes, anchors).max(axis=1)
    return {'mean_iou': float(best.mean()), 'share_above_half': float((best > 0.5).mean())}


def deal(anchors: Sizes, levels: int) -> list[list[list[float]]]:
    """Deal anchors, smallest first, to levels: the largest to the first, as mmdet wants them."""
    return [level.tolist() for level in np.split(anchors, levels)[::-1]]


if __name__ == '__main__':
    run_tool(main)
