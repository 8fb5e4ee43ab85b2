"""A scene of real size, cut into tiles by the tool and merged again by the metric."""

import numpy as np
import pytest
import torch
from dataset_converters import slice_scenes

from mmsar.datasets import CocoDetection
from mmsar.datasets.detection.coco_file import write_coco
from mmsar.evaluation import SARDetMetric, merge_ground_truth, merge_tiles
from mmsar.io import read_raster, write_raster

SIZE = 3000


@pytest.fixture(scope='module')
def sliced(tmp_path_factory):
    """Return the pixels and boxes of a 16-bit scene, and its tiles."""
    folder = tmp_path_factory.mktemp('sliced')
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 65536, (SIZE, SIZE), np.uint16)
    (folder / 'scenes').mkdir()
    write_raster(folder / 'scenes' / '1.png', pixels)
    corner, side = rng.uniform(0, SIZE - 200, (80, 2)), rng.uniform(8, 200, (80, 2))
    corner[0], side[0] = (0, 0), (30, 12.5)  # at the border of the scene
    corner[1], side[1] = (SIZE - 40, SIZE - 40), (40, 40)
    boxes = np.concatenate([corner, corner + side], 1)
    # Apart from each other, as ships are.
    apart = [boxes[0]]
    for box in boxes[1:]:
        if all((box[:2] > o[2:]).any() or (box[2:] < o[:2]).any() for o in apart):
            apart.append(box)
    boxes = np.array(apart)
    write_coco(
        folder / 'scenes.json',
        [{'id': 1, 'file_name': '1.png', 'height': SIZE, 'width': SIZE}],
        [
            {'image_id': 1, 'category_id': 1, 'bbox': [x1, y1, x2 - x1, y2 - y1], 'id': number}
            for number, (x1, y1, x2, y2) in enumerate(boxes.tolist(), 1)
        ],
        ['ship'],
    )
    slice_scenes.main([str(folder / 'scenes.json'), str(folder / 'scenes'), str(folder)])
    tiles = CocoDetection(
        data_root=str(folder),
        ann_file='train.json',
        data_prefix={'img': 'train'},
        test_mode=True,
    )
    # Width and height in the file round the corner.
    x, y, width, height = boxes[:, 0], boxes[:, 1], *(boxes[:, 2:] - boxes[:, :2]).T
    return pixels, np.stack([x, y, x + width, y + height], 1), tiles


def test_a_scene_of_3000_pixels_gives_121_tiles(sliced):
    pixels, _, tiles = sliced
    assert len(tiles) == 121
    for number in (0, 60, 120):
        info = tiles.get_data_info(number)
        row, column, height, width = info['window']
        assert (height, width) == (512, 512)
        tile, _ = read_raster(info['img_path'])
        assert np.array_equal(tile[..., 0], pixels[row : row + 512, column : column + 512])
    assert info['window'] == (2488, 2488, 512, 512)


def test_ground_truth_merges_to_the_boxes_of_the_scene(sliced):
    _, boxes, tiles = sliced
    items = [item for i in range(121) for item in tiles.get_data_info(i)['instances']]
    merged, labels, ignored = merge_ground_truth(
        [item['scene_object'] for item in items],
        [item['scene_bbox'] for item in items],
        [item['bbox_label'] for item in items],
        [item['scene_ignored'] for item in items],
    )
    order = np.lexsort(merged.T)
    assert np.array_equal(merged[order], boxes[np.lexsort(boxes.T)])
    assert not labels.any()
    assert not ignored.any()


def test_perfect_tiles_make_a_perfect_scene(sliced):
    _, boxes, tiles = sliced
    metric = SARDetMetric()
    metric.dataset_meta = tiles.metainfo
    found, owners, windows = [], [], []
    for number in range(len(tiles)):
        info = tiles.get_data_info(number)
        here = [item['bbox'] for item in info['instances']]  # cut ones too
        found += here
        owners += [number] * len(here)
        windows.append(info['window'])
        count = len(here)
        info['ori_shape'] = (info['height'], info['width'])
        info['pred_instances'] = {
            'bboxes': torch.tensor(here, dtype=torch.float64).reshape(-1, 4),
            'scores': torch.full((count,), 0.9),
            'labels': torch.zeros(count, dtype=torch.long),
        }
        metric.process({}, [info])
    figures = metric.evaluate(len(tiles))
    assert figures['scene/bbox_mAP'] == figures['scene/bbox_mAP_50'] == 1.0
    assert figures['scene/AP50_area'] == figures['scene/Pd'] == 1.0
    assert figures['scene/false_alarms_per_image'] == 0.0
    count = len(found)
    merged, _, _ = merge_tiles(
        found, np.ones(count), np.zeros(count, int), owners, windows, (SIZE, SIZE)
    )
    assert len(merged) == len(boxes)
    np.testing.assert_allclose(merged[np.lexsort(merged.T)], boxes[np.lexsort(boxes.T)], atol=1e-9)
