"""Both views pass through a detection pipeline as one image."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image

from mmsar.apis import load_config
from mmsar.datasets import CocoDetection, SampleKey
from mmsar.datasets.transforms import StackViews
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster
from mmsar.registry import DATASETS

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
FUSION = '_base_/datasets/ports_fusion.py'


def build(name, root, **options):
    options = {'data_root': str(root), **options}
    config = load_config(CONFIGS / name, options)
    assert config.test_dataloader == config.val_dataloader
    init_default_scope('mmdet')
    return [DATASETS.build(config[f'{part}_dataloader'].dataset) for part in ('train', 'val')]


def test_first_the_radar_then_the_optical_view(scenes):
    scales = [f'{part}_dataloader.dataset.pipeline.5.scale' for part in ('val', 'test')]
    _, val = build(FUSION, scenes, **dict.fromkeys(scales, (128, 128)))
    item = val[1]
    image = item['inputs'].numpy()
    optical = read_raster(scenes / 'optical' / 'val_0001.png')[0]
    amplitude = read_raster(scenes / 'images' / 'val_0001.png')[0][..., 0]
    assert image.shape == (6, 128, 128)
    assert np.array_equal(image[3:], np.moveaxis(optical, -1, 0))
    with np.errstate(divide='ignore'):
        stretched = np.clip((20 * np.log10(amplitude) - 44.5) / 35, 0, 1) * 255
    for channel in image[:3]:
        np.testing.assert_allclose(channel, stretched, atol=1e-2)
    assert item['data_samples'].img_path.endswith('images/val_0001.png')


@pytest.mark.parametrize('size', [256, 192])
def test_flips_and_resizing_act_on_both_and_on_the_boxes(scenes, tmp_path, size):
    """The radar file is written as one channel of the optical view, so the two must stay equal."""
    shutil.copytree(scenes, tmp_path / 's')
    for path in (tmp_path / 's' / 'optical').iterdir():
        grey = np.asarray(Image.open(path).convert('L'))
        Image.fromarray(np.stack([grey] * 3, -1)).save(path)
        Image.fromarray(grey).save(tmp_path / 's' / 'images' / path.name)
    scale = {'train_dataloader.dataset.dataset.pipeline.6.scale': (size, size)}
    train, _ = build(FUSION, tmp_path / 's', **scale)
    linear = {'rule': 'fixed', 'low': 0.0, 'high': 255.0}
    stretch = train.dataset.pipeline.transforms[1]
    stretch.rule, stretch.low, stretch.high = linear.values()
    flipped = 0
    for epoch in range(4):
        item = train[SampleKey(0, epoch, 0)]
        image, sample = item['inputs'].numpy(), item['data_samples']
        assert image.shape == (6, size, size)
        np.testing.assert_array_equal(image[:3], image[3:])
        name = Path(sample.img_path).name
        whole = np.asarray(Image.open(tmp_path / 's' / 'images' / name)).astype(np.float32)
        boxes = np.array([i['bbox'] for i in train.dataset.get_data_info(0)['instances']])
        boxes = boxes * (size / 128)
        if sample.flip:
            whole = whole[:, ::-1]
            boxes[:, [0, 2]] = size - boxes[:, [2, 0]]
        flipped += sample.flip
        found = sample.gt_instances.bboxes.tensor.numpy()
        np.testing.assert_allclose(found, boxes.clip(0, size), atol=1e-2)
        # Pixels lie where they belong: as the scene, averaged over blocks of 16 of its pixels.
        blocks = [part.reshape(8, len(part) // 8, 8, -1).mean((1, 3)) for part in (whole, image[4])]
        np.testing.assert_allclose(*blocks, atol=1.5)
    assert 0 < flipped < 4


def test_the_optical_detector_has_the_boxes_of_the_radar_image(scenes):
    train, val = build('bridge/faster-rcnn_r18-slim-optical_fpn_ports.py', scenes)
    radar, _ = build('_base_/datasets/ports.py', scenes)
    for number in range(len(radar)):
        mine, theirs = (d.get_data_info(number) for d in (train, radar))
        assert mine['instances'] == theirs['instances']
        assert mine['img_path'] == theirs['img_path'].replace('images', 'optical')
    image = val[0]['inputs']
    assert image.shape[0] == 3
    assert (image[0] != image[2]).any()


def test_a_missing_view_is_named_before_training(scenes, tmp_path):
    shutil.copytree(scenes, tmp_path / 's')
    (tmp_path / 's' / 'optical' / 'train_0002.png').unlink()
    with pytest.raises(DataError, match=r'\(as optical views\) do not exist: .*train_0002\.png'):
        build(FUSION, tmp_path / 's')
    # Another suffix will do.
    Image.new('RGB', (128, 128)).save(tmp_path / 's' / 'optical' / 'train_0002.jpg')
    train, _ = build(FUSION, tmp_path / 's')
    assert train.dataset.get_data_info(2)['optical_path'].endswith('train_0002.jpg')


def test_without_optical_views_nothing_changes(scenes):
    dataset = CocoDetection(str(scenes / 'val.json'), data_prefix={'img': str(scenes / 'images')})
    assert 'optical_path' not in dataset.get_data_info(0)


def test_what_cannot_be_stacked_is_named():
    images = {'img': np.zeros((4, 4, 3)), 'img_path': 'a', 'optical_path': 'b'}
    with pytest.raises(ConfigError, match=r"no image 'optical'; load it before"):
        StackViews()(dict(images))
    with pytest.raises(DataError, match=r'a has 4 x 4 pixels and b 5 x 4: register'):
        StackViews()({**images, 'optical': np.zeros((4, 5, 3))})
    with pytest.raises(ConfigError, match=r"keys='img'; give two or more"):
        StackViews('img')
