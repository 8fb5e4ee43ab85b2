"""Training and test chips of a config: nothing is missing, nothing is in both."""

import shutil

import pytest
from toy_recognition import write_config

from mmsar.apis import load_config
from mmsar.apis.recognition.sets import read_chip_sets
from mmsar.datasets.recognition.manifest import Chip, write_manifest
from mmsar.errors import DataError


def test_a_class_without_training_chips(tmp_path):
    path = write_config(tmp_path)
    shutil.rmtree(tmp_path / 'data/train/gap')
    order = "dict(type='mmsar.SARChips', metainfo=dict(classes=('disc', 'gap', 'line')),"
    path.write_text(path.read_text().replace("dict(type='mmsar.SARChips',", order))
    with pytest.raises(DataError, match='the classes gap have test chips and no training chips'):
        read_chip_sets(load_config(path))
    shutil.rmtree(tmp_path / 'data/test/gap')  # nobody asks for it
    train, test = read_chip_sets(load_config(path))
    assert train.classes == test.classes == ('disc', 'gap', 'line')


def test_files_in_both_parts_are_named(tmp_path):
    path = write_config(tmp_path)
    shutil.copy(tmp_path / 'data/train/disc/03.png', tmp_path / 'data/test/disc/x.png')
    with pytest.warns(UserWarning, match=r'1 of 25 test chips are also .*test/disc/x\.png'):
        read_chip_sets(load_config(path))


def test_views_of_one_image_in_both_parts(tmp_path):
    path = write_config(tmp_path)
    chips = [Chip(f'train/disc/{n:02d}.png', 'sar_acd', 'aircraft (Airbus A220)', group=g)
             for n, g in enumerate('abb')]  # fmt: skip
    write_manifest(tmp_path / 'data/train.csv', chips[:2])
    write_manifest(tmp_path / 'data/test.csv', chips[2:])
    config = load_config(path)
    for loader, split in (('train_dataloader', 'train'), ('test_dataloader', 'test')):
        dataset = config[loader].dataset.get('dataset', config[loader].dataset)
        dataset.pop('labelled')
        dataset.update(type='mmsar.SARVSA', data_root=str(tmp_path / 'data'), split=split)
    with (
        pytest.warns(UserWarning, match='published'),
        pytest.raises(DataError, match=r'1 groups have views of one image among .* test chips: b'),
    ):
        read_chip_sets(config)
