"""The configs of the published data sets, on miniature copies prepared as the docs say."""

import json
from pathlib import Path

import miniatures as mini
import pytest
import train
from dataset_converters import air_sarship
from mmengine.registry import DATASETS, init_default_scope
from toy_runs import write_config

from mmsar.apis import load_config
from mmsar.errors import ConfigError, DataError

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')
CONFIGS = Path(__file__).parent.parent.parent / 'configs'
FASTER = 'faster_rcnn/faster-rcnn_r50_fpn_1xb8-14e_{}.py'
YOLO = 'yolov3/yolov3_d53_1xb12-ms-416-240e_{}.py'


def prepare(folder: Path, name: str) -> Path:
    """Write a miniature copy, slice it if it is one of scenes, and return data_root."""
    writers = {
        'ssdd': mini.write_ssdd,
        'hrsid': mini.write_hrsid,
        'airsarship1': mini.write_air_sarship_1,
        'airsarship2': mini.write_air_sarship_2,
        'sardet100k': mini.write_sardet_100k,
        'sar-aircraft': mini.write_sar_aircraft,
    }
    writers[name](folder)
    if not name.startswith('airsarship'):
        return folder
    air_sarship.main([str(folder), '--size', '32', '--processes', '1'])
    return folder / 'tiles'


@pytest.mark.parametrize(
    ('config', 'name', 'longest'),
    [
        *((FASTER, name, size) for name, size in (('ssdd', 800), ('hrsid', 800))),
        *((FASTER, name, 512) for name in ('airsarship1', 'airsarship2')),
        *((YOLO, name, 416) for name in ('ssdd', 'hrsid', 'airsarship1', 'airsarship2')),
        ('faster_rcnn/faster-rcnn_r50_fpn_1xb16-12e_{}.py', 'sardet100k', 512),
        ('faster_rcnn/faster-rcnn_r50_fpn_1xb16-12e_{}.py', 'sar-aircraft', 1000),
    ],
)
def test_every_config_loads_its_data(tmp_path, config, name, longest):
    root = prepare(tmp_path / 'AIR-SARShip-2.0' if name == 'airsarship2' else tmp_path, name)
    config = load_config(CONFIGS / config.format(name), {'data_root': str(root)})
    init_default_scope('mmdet')
    head = config.model.get('bbox_head') or config.model.roi_head.bbox_head
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataset = DATASETS.build(config[loader].dataset)
        assert len(dataset.metainfo['classes']) == head.num_classes
        item = dataset[0]
        shape = item['inputs'].shape
        if loader == 'train_dataloader' and 'yolo' in config.filename:
            assert 320 <= max(shape[1:]) <= 416
        else:
            assert max(shape[1:]) == longest
        assert shape[0] == 3
        assert 0 <= float(item['inputs'].min()) < float(item['inputs'].max()) <= 255


def test_scenes_of_air_sarship_are_in_one_part_only(tmp_path):
    root = prepare(tmp_path / 'AIR-SARShip-1.0', 'airsarship1')
    scenes = {
        part: {
            image['scene'] for image in json.loads((root / f'{part}.json').read_text())['images']
        }
        for part in ('train', 'test')
    }
    assert scenes['train']
    assert scenes['test']
    assert not scenes['train'] & scenes['test']


def test_version_is_told_by_the_folders_or_asked_for(tmp_path):
    mini.write_air_sarship_1(tmp_path)
    assert air_sarship.find_version(tmp_path) == '1.0'
    (tmp_path / 'AIR-SARShip-2.0-data').mkdir()
    with pytest.raises(ConfigError, match=r'add --version 1\.0 or'):
        air_sarship.find_version(tmp_path)
    with pytest.raises(DataError, match=r'AIR-SARShip-2\.0'):
        air_sarship.main([str(tmp_path), '--version', '2.0'])
    assert not (tmp_path / 'tiles').exists()


@pytest.mark.parametrize(
    'family', ['faster_rcnn/faster-rcnn_r18-slim_fpn', 'yolov3/yolov3_r18-slim']
)
def test_slim_variants_train_on_a_published_set(tmp_path, family):
    prepare(tmp_path, 'ssdd')
    loader = {'num_workers': 0, 'persistent_workers': False}
    config = write_config(
        tmp_path / 'small.py',
        CONFIGS / f'{family}_ssdd.py',
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg={'max_epochs': 1, 'val_interval': 1},
    )
    options = [f'data_root={tmp_path}']
    for place in (
        'train_dataloader.dataset.dataset.pipeline.3',
        'val_dataloader.dataset.pipeline.2',
    ):
        options.append(f'{place}.scale=(96,96)')
    work = tmp_path / 'work'
    train.main([str(config), '--work-dir', str(work), '--cfg-options', *options])
    (scalars,) = work.glob('*/vis_data/scalars.json')
    metrics = json.loads(scalars.read_text().splitlines()[-1])
    assert metrics['inshore/bbox_mAP_50'] >= -1
    assert metrics['offshore/Pd'] >= 0
