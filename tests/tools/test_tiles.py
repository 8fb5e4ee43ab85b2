"""From scenes to tiles, a detector trained on them, and figures of whole scenes."""

import json
from pathlib import Path

import test as test_tool
import train
from dataset_converters import slice_scenes
from toy_runs import write_config

ROOT = Path(__file__).parent.parent.parent
BASE = ROOT / 'configs/yolov3/yolov3_r18-slim_ports.py'
LOADER = {'num_workers': 0, 'persistent_workers': False}


def test_yolov3_trains_on_tiles_and_is_tested_on_scenes(tmp_path, scenes):
    for name in ('train', 'val'):
        paths = [scenes / f'{name}.json', scenes / 'images', tmp_path / 'tiles']
        flags = ['--name', name, '--size', '96', '--processes', '1']
        slice_scenes.main([*map(str, paths), *flags])
    tiles = {
        name: {
            'data_root': str(tmp_path / 'tiles'),
            'ann_file': f'{name}.json',
            'data_prefix': {'img': name},
        }
        for name in ('train', 'val')
    }
    config = write_config(
        tmp_path / 'tiles.py',
        BASE,
        train_dataloader={**LOADER, 'batch_size': 4, 'dataset': {'dataset': tiles['train']}},
        val_dataloader={**LOADER, 'dataset': tiles['val']},
        test_dataloader={**LOADER, 'dataset': tiles['val']},
        train_cfg={'max_epochs': 1, 'val_interval': 1},
    )
    work = str(tmp_path / 'work')
    train.main([str(config), '--work-dir', work])
    test_tool.main([str(config), work, '--work-dir', work])
    (scalars,) = Path(work).glob('*/vis_data/scalars.json')
    metrics = json.loads(scalars.read_text().splitlines()[-1])
    for key in ('coco/bbox_mAP_50', 'voc/AP50_area', 'scene/bbox_mAP_50', 'scene/Pd'):
        assert 0 <= metrics[key] <= 1
    assert metrics['scene/false_alarms_per_image'] >= 0
