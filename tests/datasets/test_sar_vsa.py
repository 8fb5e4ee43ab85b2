"""FUSAR-Ship and SAR-VSA."""

import warnings
from collections import Counter

import pytest
from toy_chip_sets import write_fusar, write_image

from mmsar.datasets.recognition.manifest import Chip, write_manifest
from mmsar.datasets.recognition.sar_vsa import VSA_CLASSES, VSA_COUNTS
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


def build(kind, root, split='train', **options):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return DATASETS.build(dict(type=kind, data_root=str(root), split=split, **options))


def infos(dataset):
    return [dataset.get_data_info(number) for number in range(len(dataset))]


def paths(dataset):
    return {info['img_path'] for info in infos(dataset)}


def test_fusar_is_drawn_or_divided_by_its_folders(tmp_path):
    write_fusar(tmp_path / 'release')
    train, test = (build('mmsar.FUSARShip', tmp_path / 'release', split)
                   for split in ('train', 'test'))  # fmt: skip
    assert Counter(i['gt_label'] for i in infos(train)) == dict.fromkeys(range(10), 7)
    assert Counter(i['gt_label'] for i in infos(test)) == dict.fromkeys(range(10), 3)
    assert not paths(train) & paths(test)
    other = build('mmsar.FUSARShip', tmp_path / 'release', seed=1)
    assert paths(other) != paths(train)
    write_fusar(tmp_path / 'New_FUSAR', parts=True)
    train = build('mmsar.FUSARShip', tmp_path / 'New_FUSAR')
    assert len(train) == 70
    assert all('/Train/' in path for path in paths(train))
    for old, new in (('Train', 'Training Set'), ('Val', 'images_test')):
        (tmp_path / 'New_FUSAR' / old).rename(tmp_path / 'New_FUSAR' / new)
    test = build('mmsar.FUSARShip', tmp_path / 'New_FUSAR', 'test')
    assert len(test) == 30
    assert all('/images_test/' in path for path in paths(test))
    drawn = build('mmsar.FUSARShip', tmp_path / 'New_FUSAR', 'test', redraw=True)
    assert any('/Training Set/' in path for path in paths(drawn))


def test_the_draw_has_the_published_sizes():
    # Three tenths of each class, rounded down, is what the README has.
    for name in VSA_CLASSES[10:20]:
        train, test = (VSA_COUNTS[split][name] for split in ('train', 'test'))
        assert test == (train + test) * 3 // 10


def test_other_ships_of_fusar_need_a_name(tmp_path):
    write_fusar(tmp_path, chips=2)
    write_image(tmp_path / 'Tug' / '0.png', 5)
    with pytest.raises(DataError, match=r'images lie in no folder .*: Tug/0.png'):
        build('mmsar.FUSARShip', tmp_path)
    assert len(build('mmsar.FUSARShip', tmp_path, aliases={'Tug': 'ship (others)'})) == 21
    assert len(build('mmsar.FUSARShip', tmp_path, exclude=['Tug/*'])) == 20
    with pytest.raises(ConfigError, match='ship is none of'):
        build('mmsar.FUSARShip', tmp_path, aliases={'Tug': 'ship'})
    with pytest.raises(DataError, match=r'20 of 6870 published chips \(bridge 2 of 1023'):
        build('mmsar.FUSARShip', tmp_path, exclude=['Tug/*'], complete=True)


def test_classes_and_counts_of_sar_vsa():
    assert len(VSA_CLASSES) == 25
    assert (VSA_CLASSES[0], VSA_CLASSES[5]) == ('anti-aircraft (ZSU234)', 'main battle tank (T72)')
    assert (VSA_CLASSES[10], VSA_CLASSES[24]) == ('bridge', 'aircraft (Boeing 787)')
    sums = [sum(VSA_COUNTS[split].values()) for split in ('train', 'test')]
    assert sums == [11_045, 8_161]
    pairs = [(VSA_COUNTS['train'][name], VSA_COUNTS['test'][name]) for name in VSA_CLASSES]
    assert pairs[:6] == [(299, 274)] * 3 + [(698, 587), (299, 273), (691, 582)]
    assert pairs[20:] == [(91, 373), (97, 415), (103, 411), (100, 428), (113, 391)]


def test_a_copy_in_folders(tmp_path):
    names = {'ZSU234': 0, 'T72': 5, 'SeaPatch': 14, 'ship (cargo)': 15, 'A220': 20,
             'aircraft (Boeing 787)': 24}  # fmt: skip
    for number, name in enumerate(names):
        write_image(tmp_path / 'TRAIN' / name / f'{number}.png', number)
        write_image(tmp_path / 'TEST' / name / f'{number}.png', 50 + number)
    found = infos(build('mmsar.SARVSA', tmp_path, 'test'))
    assert sorted(info['gt_label'] for info in found) == sorted(names.values())
    assert Counter(i['data_set'] for i in found) == {'mstar': 2, 'fusar_ship': 2, 'sar_acd': 2}
    only = build('mmsar.SARVSA', tmp_path, sets=['mstar'])
    assert [info['gt_label'] for info in infos(only)] == [5, 0]
    assert len(only.metainfo['classes']) == 25


def test_lists(tmp_path):
    for number in range(3):
        write_image(tmp_path / 'a' / f'{number}.png', number)
    chips = [
        Chip('../a/0.png', 'mstar', 'bulldozer (D7)'),
        Chip('../a/1.png', 'sar_acd', 'aircraft (Boeing 787)', group='sar_acd/3'),
        Chip('../a/2.png', 'sar_acd', 'aircraft (Boeing 787)', group='sar_acd/3'),
    ]
    write_manifest(tmp_path / 'lists' / 'train.csv', chips)
    dataset = build('mmsar.SARVSA', tmp_path / 'lists')
    found = infos(dataset)
    assert [info['gt_label'] for info in found] == [1, 24, 24]
    assert [info['data_set'] for info in found] == ['mstar', 'sar_acd', 'sar_acd']
    assert [info['group'] for info in found] == ['../a/0.png', 'sar_acd/3', 'sar_acd/3']
    assert len(build('mmsar.SARVSA', tmp_path / 'lists', sets=['mstar'])) == 1
    # SARChips reads them too.
    config = dict(type='mmsar.SARChips', ann_file='train.csv', labelled=True)
    same = DATASETS.build(
        dict(data_root=str(tmp_path / 'lists'), metainfo=dict(classes=VSA_CLASSES), **config)
    )
    assert [info['gt_label'] for info in infos(same)] == [1, 24, 24]
    # Steps go by the data set, which is that of the class, whatever the list says.
    write_manifest(tmp_path / 'lists' / 'train.csv', [chip._replace(set='') for chip in chips])
    assert infos(build('mmsar.SARVSA', tmp_path / 'lists')) == found
    assert len(build('mmsar.SARVSA', tmp_path / 'lists', sets=['mstar'])) == 1
    with pytest.raises(DataError, match=r'test\.csv does not exist'):
        build('mmsar.SARVSA', tmp_path / 'lists', 'test')
    with pytest.raises(
        ConfigError, match=r"sets=\['MSTAR'\]; choose of mstar, fusar_ship, sar_acd"
    ):
        build('mmsar.SARVSA', tmp_path / 'lists', sets=['MSTAR'])
    with pytest.raises(DataError, match='3 of 11045 published chips'):
        build('mmsar.SARVSA', tmp_path / 'lists', complete=True)
