"""Chips in folders and lists."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from mmsar.datasets.recognition.chip_files import find_chips
from mmsar.datasets.recognition.manifest import Chip, read_manifest, write_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.io import write_raster
from mmsar.registry import DATA_SAMPLERS, DATASETS

PIPELINE = [dict(type='mmsar.LoadSARImage', channels=1)]


def chips(root, **options):
    return DATASETS.build(dict(type='mmsar.SARChips', data_root=str(root), **options))


def values(seed, scale=255.0, size=(6, 8)):
    return np.rint(np.random.default_rng(seed).random(size) * scale)


def names(dataset):
    return [Path(dataset[i]['img_path']).name for i in range(len(dataset))]


@pytest.fixture
def tree(tmp_path):
    """Four types of values, at several depths, among other files."""
    root = tmp_path / 'set'
    (root / 'tank' / 'sn_9').mkdir(parents=True)
    (root / 'truck').mkdir()
    (root / '.cache').mkdir()
    write_raster(root / 'tank' / 'b.png', values(0).astype(np.uint8))
    write_raster(root / 'tank' / 'sn_9' / 'a.tif', values(1, 60000).astype(np.uint16))
    write_raster(root / 'truck' / 'c.npy', values(2).astype(np.float32) - 7.5)
    write_raster(root / 'truck' / 'd.npy', (values(3) + 1j * values(4)).astype(np.complex64))
    write_raster(root / '.cache' / 'hidden.png', values(5).astype(np.uint8))
    (root / 'truck' / 'readme.txt').write_text('not an image')
    (root / 'truck' / 'HB1.xml').write_text('<no/>')
    return root


def test_a_tree_without_classes(tree):
    dataset = chips(tree, pipeline=PIPELINE)
    samples = [dataset[i] for i in range(len(dataset))]
    assert names(dataset) == ['b.png', 'a.tif', 'c.npy', 'd.npy']
    assert not any('gt_label' in sample for sample in samples)
    assert 'classes' not in dataset.metainfo
    expected = [values(0), values(1, 60000), values(2) - 7.5, np.hypot(values(3), values(4))]
    for sample, image in zip(samples, expected, strict=True):
        np.testing.assert_allclose(sample['img'][..., 0], image, rtol=1e-6)
        assert sample['img'].dtype == np.float32


def test_classes_are_folders(tree):
    dataset = chips(tree, labelled=True)
    assert dataset.metainfo['classes'] == ('tank', 'truck')
    assert [dataset.get_cat_ids(i) for i in range(4)] == [[0], [0], [1], [1]]
    inner = chips(tree, labelled=True, class_level=-1)
    assert inner.metainfo['classes'] == ('sn_9', 'tank', 'truck')
    order = chips(tree, labelled=True, metainfo=dict(classes=('truck', 'jeep', 'tank')))
    assert [order.get_cat_ids(i)[0] for i in range(4)] == [2, 2, 0, 0]
    with pytest.raises(DataError, match=r'3 of 4 chips have no class: .*b\.png.*class_level'):
        chips(tree, labelled=True, class_level=1)
    with pytest.raises(DataError, match='the classes truck, which are none of tank'):
        chips(tree, labelled=True, metainfo=dict(classes=('tank',)))


def test_folders_and_patterns_choose(tree):
    assert names(chips(tree, exclude=['*/sn_9/*', '*.npy'])) == ['b.png']
    two = chips(tree, folders=['truck', 'tank/sn_9'])
    assert names(two) == ['c.npy', 'd.npy', 'a.tif']
    with pytest.raises(DataError, match='contain one another'):
        chips(tree, folders=['', 'tank'])
    with pytest.raises(DataError, match='every image matches exclude'):
        chips(tree, exclude=['*'])
    # A test part whose name is misspelt must not get into the training.
    with pytest.raises(DataError, match=r"exclude=\['Tank/\*'\] matches no image"):
        chips(tree, exclude=['*.npy', 'Tank/*'])


def test_links_are_followed_once(tree, tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    write_raster(outside / 'e.png', values(6).astype(np.uint8))
    (tree / 'linked').symlink_to(outside)
    (outside / 'round').symlink_to(outside)
    assert [path for path in find_chips(tree) if 'linked' in path] == ['linked/e.png']


def test_phoenix_files_with_any_suffix(tmp_path, shared):
    source = next((shared / 'data' / 'mstar_phoenix_sample').glob('HB*'))
    for name in ('HB1.015', 'HB2', 'HB3.dat'):
        (tmp_path / name).write_bytes(source.read_bytes())
    (tmp_path / 'notes.001').write_text('text')
    assert find_chips(tmp_path) == ['HB1.015', 'HB2']
    assert chips(tmp_path, pipeline=PIPELINE)[1]['img'].min() >= 0


def break_two(tree):
    whole = (tree / 'tank' / 'b.png').read_bytes()
    (tree / 'tank' / 'b.png').write_bytes(whole[: len(whole) * 2 // 3])
    (tree / 'truck' / 'c.npy').write_bytes(b'')


def test_corrupt_files_are_named_together_and_refused(tree):
    break_two(tree)
    with pytest.raises(DataError) as error:
        chips(tree)
    text = str(error.value)
    assert text.startswith(f'2 of 4 files of {tree} cannot be read:\n')
    assert text.count('b.png') == text.count('c.npy') == 1
    assert text.endswith("set corrupt='skip'")


def test_corrupt_files_are_skipped_on_request(tree):
    break_two(tree)
    with pytest.warns(UserWarning, match=r'2 of 4 files .*cannot be read') as caught:
        dataset = chips(tree, corrupt='skip', labelled=True)
    assert len(caught) == 1
    assert names(dataset) == ['a.tif', 'd.npy']
    with pytest.warns(UserWarning, match='1 of 4 files'):  # the header of the other is whole
        assert len(chips(tree, corrupt='skip', check='names')) == 3
    for path in tree.rglob('*.*'):
        if path.is_file():
            path.write_bytes(b'')
    with pytest.raises(DataError, match='4 of 4 files'):
        chips(tree, corrupt='skip')


@pytest.mark.parametrize(
    ('options', 'match'),
    [
        (dict(corrupt='drop'), "corrupt='drop'"),
        (dict(check='all'), "check='all'"),
        (dict(folders='train'), "folders='train'; give a list"),
        (dict(sets=['a']), 'name it as ann_file'),
    ],
)
def test_wrong_options_are_named(tree, options, match):
    with pytest.raises(ConfigError, match=match):
        chips(tree, **options)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(DataError, match='is not a folder; set data_root'):
        chips(tmp_path / 'nowhere')
    with pytest.raises(DataError, match='has no images'):
        chips(tmp_path)


def test_a_manifest_is_read(tree):
    rows = [
        Chip('tank/b.png', 'first', 'tank', 'x.tif', 3, 4, 6, 8),
        Chip('truck/d.npy', 'second', 'truck'),
    ]
    write_manifest(tree / 'list.csv', rows)
    assert read_manifest(tree / 'list.csv') == rows
    dataset = chips(tree, ann_file='list.csv', labelled=True)
    assert names(dataset) == ['b.png', 'd.npy']
    assert dataset.metainfo['classes'] == ('tank', 'truck')
    assert names(chips(tree, ann_file='list.csv', sets=['second'])) == ['d.npy']
    with pytest.raises(DataError, match='no chips of third; its sets: first, second'):
        chips(tree, ann_file='list.csv', sets=['third'])
    (tree / 'truck' / 'd.npy').unlink()
    with pytest.raises(DataError, match=r'1 of 2 files .*\n.*d\.npy does not exist'):
        chips(tree, ann_file='list.csv')


def test_wrong_manifests_are_refused(tree):
    path = tree / 'list.csv'
    for text, match in (
        ('file\na.png\n', "no column 'path'"),
        ('path\n', 'lists no chips'),
        ('path,row\na.png,x\n', 'line 2: row, column'),
        ('path,set\n,a\n', 'line 2: path is empty'),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=match):
            chips(tree, ann_file='list.csv')
    with pytest.raises(DataError, match='does not exist'):
        chips(tree, ann_file='none.csv')


def test_seeded_batches_for_mmpretrain(tree):
    """What mmpretrain packs, the same in each run."""
    import mmpretrain.datasets  # noqa: F401

    pipeline = [
        *PIPELINE,
        dict(type='mmsar.StretchSAR', rule='percentile'),
        dict(type='mmpretrain.RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='mmpretrain.PackInputs'),
    ]
    inner = dict(type='mmsar.SARChips', data_root=str(tree), labelled=True, pipeline=pipeline)
    dataset = DATASETS.build(dict(type='mmsar.SeededDataset', dataset=inner))

    def epoch():
        sampler = DATA_SAMPLERS.build(
            dict(type='mmsar.SeededSampler', seed=3), default_args=dict(dataset=dataset)
        )
        return list(DataLoader(dataset, 2, sampler=sampler, collate_fn=pseudo_collate))

    with warnings.catch_warnings():
        warnings.simplefilter('error')
        first, again = epoch(), epoch()
    assert len(first) == 2
    for one, two in zip(first, again, strict=True):
        assert one['inputs'][0].shape == (1, 6, 8)
        assert all(map(torch.equal, one['inputs'], two['inputs']))
    samples = [sample for batch in first for sample in batch['data_samples']]
    assert sorted(int(sample.gt_label) for sample in samples) == [0, 0, 1, 1]
    assert all(Path(sample.img_path).is_file() for sample in samples)


def test_the_sample_chips(shared):
    folders = ['mstar_soc10/train', 'sar_acd6/train']
    counts = [len(list((shared / 'data' / name).glob('*/*.jp*g'))) for name in folders]
    mstar = chips(shared / 'data', folders=folders[:1], labelled=True, check='header')
    assert len(mstar) == counts[0] > 500
    assert len(mstar.metainfo['classes']) == 10
    both = chips(shared / 'data', folders=folders, check='names', pipeline=PIPELINE)
    assert len(both) == sum(counts)
    assert both[counts[0]]['img'].max() > 1
