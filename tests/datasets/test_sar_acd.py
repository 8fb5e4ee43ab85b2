"""SAR-ACD: views of one image stay together."""

import csv
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from toy_chip_sets import ACD, save, views_of, write_acd, write_image

from mmsar.datasets.recognition.few_shot import draw_shots
from mmsar.datasets.recognition.view_groups import group_views
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


def acd(root, split='all', **options):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return DATASETS.build(
            dict(type='mmsar.SARACD', data_root=str(root), split=split, **options)
        )


def infos(dataset):
    return [dataset.get_data_info(number) for number in range(len(dataset))]


@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp('acd')
    return root, write_acd(root)


def test_groups_are_found(copy):
    root, truth = copy
    found = {Path(i['img_path']).relative_to(root).as_posix(): i['group'] for i in infos(acd(root))}
    pairs = {(truth[name], group) for name, group in found.items()}
    assert len(pairs) == len(set(truth.values())) == len(set(found.values())) == 36


def test_groups_of_views_of_views(tmp_path):
    pixels = write_image(tmp_path / '0.png', 0, (24, 24))
    for number, view in enumerate(views_of(pixels), 1):
        noise = np.random.default_rng(number).normal(0, 3, view.shape)
        save(tmp_path / f'{number}.png', (view + noise).clip(0, 255).astype(np.uint8))
    write_image(tmp_path / '9.png', 1, (24, 24))
    groups = group_views([str(tmp_path / f'{number}.png') for number in range(10)])
    assert groups == [0] * 9 + [9]
    assert group_views([]) == []


def test_no_group_is_in_both_parts(copy):
    root, truth = copy
    splits = []
    for seed in range(4):
        train, test = (infos(acd(root, split, seed=seed, train_share=0.34))
                       for split in ('train', 'test'))  # fmt: skip
        assert not {i['group'] for i in train} & {i['group'] for i in test}
        assert len(train) + len(test) == len(truth)
        assert Counter(i['gt_label'] for i in train) == dict.fromkeys(range(6), 8)  # 2 groups of 4
        assert train == infos(acd(root, 'train', seed=seed, train_share=0.34))
        splits.append(frozenset(i['img_path'] for i in train))
    assert len(set(splits)) == 4


def test_five_types(copy):
    root, _ = copy
    dataset = acd(root, types='five')
    assert dataset.metainfo['classes'] == ('A220', 'A330', 'ARJ21', 'Boeing737', 'Boeing787')
    assert not any('A320321' in info['img_path'] for info in infos(dataset))


def test_draws_take_one_chip_of_a_group(copy):
    root, truth = copy
    chips = infos(acd(root))
    labels, groups = ([info[key] for info in chips] for key in ('gt_label', 'group'))
    drawn = draw_shots(labels, groups, 6, 0)
    names = [Path(chips[place]['img_path']).relative_to(root).as_posix() for place in drawn]
    assert len({truth[name] for name in names}) == 36
    with pytest.raises(DataError, match='has 6 groups of views, fewer than 7'):
        draw_shots(labels, groups, 7, 0)


def test_a_group_of_two_classes(tmp_path):
    write_acd(tmp_path, groups=2)
    save(tmp_path / 'images' / 'A330' / 'x.png', write_image(tmp_path / 'images/A220/x.png', 7).T)
    assert len(acd(tmp_path)) == 50
    assert len(acd(tmp_path, doubtful='drop')) == 48
    sides = [{i['group'] for i in infos(acd(tmp_path, split, train_share=0.6))}
             for split in ('train', 'test')]  # fmt: skip
    assert not sides[0] & sides[1]


def test_a_list_of_groups(tmp_path):
    for place, label in enumerate(ACD):
        for number in range(2):
            part = ('train', 'test')[number]
            write_image(tmp_path / part / label / f'{number}.jpg', 10 * place + number)
    rows = [[f'{part}/{label}/{number}.jpg', str(2 * place + number)]
            for place, label in enumerate(ACD)
            for number, part in enumerate(('train', 'test'))]  # fmt: skip

    def write(rows, columns=('file', 'aug_group')):
        with (tmp_path / 'labels.csv').open('w', newline='') as file:
            csv.writer(file).writerows([columns, *rows])

    write(rows)
    assert [info['group'] for info in infos(acd(tmp_path, 'train'))] == [
        row[1] for row in rows[::2]
    ]
    rows[1][1] = rows[0][1]
    write(rows)
    with pytest.raises(DataError, match='1 groups have views of one image in train and in test'):
        acd(tmp_path, 'train')
    assert len(acd(tmp_path, 'train', redraw=True, train_share=0.99)) == 5  # one group is of two
    write(rows[1:])
    with pytest.raises(DataError, match=r'aug_group of 1 of 12 images: train/A220/0.jpg'):
        acd(tmp_path)
    write([*rows, [rows[0][0], '99']])
    with pytest.raises(DataError, match=r'names files more than once: train/A220/0\.jpg'):
        acd(tmp_path)
    write(rows, ('file', 'group'))
    with pytest.raises(DataError, match="has no column 'aug_group'"):
        acd(tmp_path)


def test_counts_and_options(copy):
    root, _ = copy
    with pytest.raises(DataError, match='144 of 3032 published chips'):
        acd(root, complete=True)
    with pytest.raises(ConfigError, match='choose five or six'):
        acd(root, types='seven')
    with pytest.raises(ConfigError, match='choose keep or drop'):
        acd(root, doubtful='maybe')
    with pytest.raises(ConfigError, match='between 0 and 1'):
        acd(root, train_share=10)


def test_an_unknown_folder(tmp_path):
    write_image(tmp_path / 'images' / 'Concorde' / '0.png', 0)
    with pytest.raises(DataError, match=r'1 of 1 images lie in no folder .*: images/Concorde/0'):
        acd(tmp_path)


def test_the_real_copy(shared):
    root = shared / 'data' / 'sar_acd6'
    if not root.is_dir():
        pytest.skip('there is no sar_acd6')
    train, test = (infos(acd(root, split)) for split in ('train', 'test'))
    assert not {i['group'] for i in train} & {i['group'] for i in test}
    # The groups that are found are those of the list.
    sample = [info for info in train + test if info['gt_label'] in (2, 5)]
    found = group_views([info['img_path'] for info in sample])
    pairs = set(zip(found, [info['group'] for info in sample], strict=True))
    assert len(pairs) == len(set(found)) == len({info['group'] for info in sample})
