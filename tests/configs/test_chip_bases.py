"""The base configs of the data sets of chips with classes, on tiny copies."""

import warnings

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, METRICS, MODELS, init_default_scope
from toy_bridge import ROOT
from toy_chip_sets import write_acd, write_fusar, write_image

from mmsar.apis import load_config
from mmsar.datasets.recognition.manifest import Chip, write_manifest

BASES = ROOT / 'configs' / '_base_' / 'datasets'


def write_mstar(root):
    for number, part in enumerate(('TRAIN', 'TEST')):
        write_image(root / part / 'T72' / 'SN_132' / 'a.jpeg', number)
        write_image(root / part / '2S1' / 'a.jpeg', 2 + number)


def write_vsa(root):
    for number, part in enumerate(('train', 'test')):
        write_image(root / f'{part}.png', number)
        rows = (('mstar', 'bulldozer (D7)'), ('fusar_ship', 'bridge'))
        chips = [Chip(f'{part}.png', key, label) for key, label in rows]
        write_manifest(root / f'{part}.csv', chips)


COPIES = {
    'mstar_soc': (write_mstar, 10),
    'sar_acd': (lambda root: write_acd(root, 5), 6),
    'fusar_ship': (write_fusar, 10),
    'sar_vsa': (write_vsa, 25),
}


@pytest.mark.parametrize('name', COPIES)
def test_samples_come_as_the_network_wants_them(tmp_path, name):
    write, count = COPIES[name]
    write(tmp_path)
    child = tmp_path / 'child.py'
    # As docs/datasets/mstar.md says for smaller networks.
    child.write_text(
        f"_base_ = ['{BASES / f'{name}.py'}']\n"
        '_base_.train_dataloader.dataset.dataset.pipeline[-2].scale = 128\n'
        '_base_.val_dataloader.dataset.pipeline[-2].scale = 128\n'
        '_base_.test_dataloader.dataset.pipeline[-2].scale = 128\n'
    )
    for path, size in ((BASES / f'{name}.py', 224), (child, 128)):
        config = load_config(path)
        init_default_scope('mmpretrain')
        train = config.train_dataloader.dataset.dataset
        assert config.data_preprocessor.num_classes == count
        parts = []
        for options in (train, config.val_dataloader.dataset, config.test_dataloader.dataset):
            options.data_root = str(tmp_path)
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                dataset = DATASETS.build(options)
            assert len(dataset.metainfo['classes']) == count
            preprocessor = MODELS.build(
                dict(type='ClsDataPreprocessor', **config.data_preprocessor)
            )
            batch = preprocessor(pseudo_collate([dataset[0], dataset[1]]))
            assert batch['inputs'].shape == (2, 1, size, size)
            assert 0.3 < float(batch['inputs'].max()) <= 1
            assert float(batch['inputs'].min()) >= 0
            labels = torch.cat([sample.gt_label for sample in batch['data_samples']])
            assert ((labels >= 0) & (labels < count)).all()
            parts.append({dataset.get_data_info(i)['img_path'] for i in range(len(dataset))})
        assert not parts[0] & parts[1]
        assert parts[1] == parts[2]
    METRICS.build(config.test_evaluator)
