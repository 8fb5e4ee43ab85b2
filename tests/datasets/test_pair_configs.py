"""The base configs of pairs load what they name."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope
from PIL import Image
from test_qxs_saropt import write_qxs

from mmsar.apis import load_config
from mmsar.datasets import SampleKey
from mmsar.registry import DATASETS

CONFIGS = Path(__file__).parent.parent.parent / 'configs' / '_base_' / 'datasets'


def build(name, root):
    """Return the training and the validation set of a base config."""
    config = load_config(CONFIGS / f'{name}.py', {'data_root': str(root)})
    init_default_scope('mmsar')
    assert config.test_dataloader == config.val_dataloader
    return [DATASETS.build(config[f'{part}_dataloader'].dataset) for part in ('train', 'val')]


def scenes_of(dataset):
    dataset = getattr(dataset, 'dataset', dataset)
    return [dataset.get_data_info(i)['sar_path'] for i in range(dataset.num_pairs)]


def test_simulated_ports_are_pairs(scenes):
    train, val = build('ports_pairs', scenes)
    assert (len(train), len(val)) == (8, 4)  # scenes of 128 pixels are one patch
    assert not set(scenes_of(train)) & set(scenes_of(val))
    for index in range(8):
        item = train[SampleKey(0, 0, index)]
        assert item['data_samples'].label == (index < 4)
        for key, image in item['inputs'].items():
            assert image.shape == (1 if key == 'sar' else 3, 128, 128)
            assert 0 <= image.min() < image.max() <= 255
    # In decibels around the middle of the window, not saturated.
    assert 40 < val[0]['inputs']['sar'].mean() < 200
    assert val[2]['data_samples'].sar_path != val[2]['data_samples'].optical_path
    assert val[2]['data_samples'].optical_id == 1


@pytest.mark.filterwarnings('ignore:.*incomplete')
def test_qxs_is_read(tmp_path):
    train, val = build('qxs_saropt', write_qxs(tmp_path, [8541, 9621, 14498, 15321]))
    assert (len(train), len(val)) == (4, 4)
    item = train[SampleKey(0, 0, 0)]
    assert item['inputs']['sar'].shape == (1, 8, 8)
    assert item['inputs']['sar'][0, 0, 0] == 8541 % 251
    assert [val[i]['data_samples'].label.item() for i in range(4)] == [1, 1, 0, 0]


def write_srif(root, count=12):
    """Write a folder that is laid out like the SRIF pairs."""
    folder = root / 'aligned_176'
    folder.mkdir()
    lines = ['pair,opt_side,rot_deg,scene_group']
    generator = np.random.default_rng(0)
    for number in range(1, count + 1):
        lines.append(f'{number},300,-34.0,{number // 2}')
        for key in ('sar', 'opt'):
            pixels = generator.integers(0, 256, (176, 176)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f'{key}_{number:03d}.png')
    (root / 'pairs.csv').write_text('\n'.join(lines))
    return root


def test_srif_pairs_are_split_by_scene(tmp_path):
    train, val = build('srif_pairs', write_srif(tmp_path))
    numbers = [{int(path[-7:-4]) for path in scenes_of(part)} for part in (train, val)]
    assert numbers[0] | numbers[1] == set(range(1, 13))
    assert not {n // 2 for n in numbers[0]} & {n // 2 for n in numbers[1]}
    item = val[0]
    assert item['inputs']['optical'].shape == (3, 160, 160)
    whole = np.asarray(Image.open(item['data_samples'].optical_path))
    assert (item['inputs']['optical'][1].numpy() == whole[8:168, 8:168]).all()
    assert train[SampleKey(0, 0, 0)]['inputs']['sar'].shape == (1, 160, 160)


def test_real_srif_pairs_load(shared):
    train, val = build('srif_pairs', shared / 'data' / 'optical_sar_srif')
    assert len(train) + len(val) == 280
    groups = [
        {part.get_data_info(i)['sar_group'] for i in range(len(part) // 2)}
        for part in (train.dataset, val)
    ]
    assert not groups[0] & groups[1]
    for dataset in (train.dataset, val):
        for index in range(len(dataset) // 2, len(dataset)):
            info = dataset.get_data_info(index)
            assert info['sar_group'] != info['optical_group']
