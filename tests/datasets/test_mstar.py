"""MSTAR: who is a member of which part, by headers and by folders."""

import warnings
from collections import Counter
from pathlib import Path

import pytest
from toy_chip_sets import MSTAR_SERIALS, write_image, write_mstar_release, write_phoenix

from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


def mstar(root, variant='SOC', split='train', quiet=True, **options):
    with warnings.catch_warnings():
        if quiet:
            warnings.simplefilter('ignore')
        return DATASETS.build(
            dict(type='mmsar.MSTAR', data_root=str(root), variant=variant, split=split, **options)
        )


def infos(dataset):
    return [dataset.get_data_info(number) for number in range(len(dataset))]


def members(dataset):
    """Return class, serial number and depression angle of each chip."""
    classes = dataset.metainfo['classes']
    return Counter((classes[i['gt_label']], i.get('serial'), i.get('depression'))
                   for i in infos(dataset))  # fmt: skip


@pytest.fixture(scope='module')
def release(tmp_path_factory):
    root = tmp_path_factory.mktemp('mstar')
    write_mstar_release(root)
    return root


SOC = {label: serials[:3] for label, serials in MSTAR_SERIALS.items()}
ONE = {label: serials[:1] for label, serials in MSTAR_SERIALS.items()}
EOC_1 = {label: ONE[label] for label in ('2S1', 'BRDM2', 'T72', 'ZSU234')}
EOC_2 = {label: ONE[label] for label in ('BMP2', 'BRDM2', 'BTR70', 'T72')}


@pytest.mark.parametrize(
    ('variant', 'split', 'options', 'serials', 'angles'),
    [
        ('SOC', 'train', {}, SOC, [17]),
        ('SOC', 'test', {}, SOC, [15]),
        ('SOC', 'train', {'serials': 'one'}, ONE, [17]),
        ('SOC', 'test', {'serials': 'one'}, ONE, [15]),
        ('EOC-1', 'train', {}, EOC_1, [17]),
        ('EOC-1', 'test', {}, EOC_1 | {'T72': ['A64']}, [30]),
        ('EOC-2C', 'train', {}, EOC_2, [17]),
        ('EOC-2C', 'test', {}, {'T72': ['s7', 'A32', 'A62', 'A63', 'A64']}, [15, 17]),
        ('EOC-2V', 'train', {}, EOC_2, [17]),
        (
            'EOC-2V',
            'test',
            {},
            {'BMP2': ['9566', 'c21'], 'T72': ['812', 'A04', 'A05', 'A07', 'A10']},
            [15, 17],
        ),
    ],
)
def test_members_by_header(release, variant, split, options, serials, angles):
    dataset = mstar(release, variant, split, **options)
    expected = [
        (label, serial, angle)
        for label, own in serials.items()
        for serial in own
        for angle in angles
    ]
    assert members(dataset) == Counter(expected)
    assert len(dataset.metainfo['classes']) == (10 if variant == 'SOC' else 4)
    assert all(info['data_set'] == 'mstar' for info in infos(dataset))


def test_published_counts():
    def counts(variant, split, serials='three'):
        from mmsar.datasets.recognition.mstar_protocol import find_part

        return sum(find_part(variant, split, serials).counts.values())

    assert (counts('SOC', 'train'), counts('SOC', 'test')) == (3671, 3203)
    assert (counts('SOC', 'train', 'one'), counts('SOC', 'test', 'one')) == (2747, 2425)
    assert (counts('EOC-1', 'train'), counts('EOC-1', 'test')) == (1128, 1151)
    assert (counts('EOC-2C', 'train'), counts('EOC-2C', 'test')) == (996, 2710)
    assert (counts('EOC-2V', 'train'), counts('EOC-2V', 'test')) == (996, 3569)


def test_an_incomplete_copy_is_a_warning_or_an_error(release):
    with pytest.warns(UserWarning, match=r'14 of 3671 published chips \(2S1 1 of 299'):
        mstar(release, quiet=False)
    with pytest.raises(DataError, match='Complete the copy, or set complete=False'):
        mstar(release, complete=True)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        ({'TargetType': 'm1_tank'}, "HB1.015: the header field TargetType is 'm1_tank'"),
        ({'TargetType': None}, 'HB1.015: the header has no field TargetType'),
        ({'TargetSerNum': 'X9'}, "HB1.015: the header field TargetSerNum is 'X9'; T72 has"),
        ({'TargetSerNum': None}, 'HB1.015: the header has no field TargetSerNum'),
        ({'DesiredDepression': 'low'}, "HB1.015: the header field DesiredDepression is 'low'"),
        (
            {'DesiredDepression': None, 'MeasuredDepression': None},
            'HB1.015: the header has no field DesiredDepression',
        ),
        ({'DesiredDepression': None, 'MeasuredDepression': '-3'}, "MeasuredDepression is '-3'"),
    ],
)
def test_an_unknown_field_is_an_error_that_names_it(tmp_path, fields, message):
    write_phoenix(tmp_path / 'HB0.015')
    write_phoenix(tmp_path / 'HB1.015', **fields)
    with pytest.raises(DataError, match=message):
        mstar(tmp_path)
    assert len(mstar(tmp_path, exclude=['HB1.*'])) == 1


def test_the_measured_angle_serves_where_the_planned_one_is_missing(tmp_path):
    write_phoenix(tmp_path / 'a.015', DesiredDepression=None, MeasuredDepression='14.96')
    renamed = {'MeasuredDepression': None, 'MeasuredDepressionAngle': '15.2'}
    write_phoenix(tmp_path / 'b.015', DesiredDepression=None, **renamed)
    assert members(mstar(tmp_path, split='test')) == {('T72', '132', 15): 2}


def test_aliases_name_a_target(tmp_path):
    write_phoenix(tmp_path / 'HB1.015', TargetType='t72_var')
    write_phoenix(tmp_path / 'HB2.015', TargetType='T-72 (main)', TargetSerNum='SN_132')
    assert len(mstar(tmp_path, aliases={'T-72 (main)': 'T72'})) == 2
    with pytest.raises(ConfigError, match='T80 is none of'):
        mstar(tmp_path, aliases={'x': 'T80'})


def test_folders_of_a_copy_as_images_with_serial_numbers(tmp_path):
    root = tmp_path / 'MSTAR_SOC'
    for number, (part, folder) in enumerate(
        [(part, folder) for part in ('TRAIN', 'TEST')
         for folder in ('2S1', 'BMP2/SN_9563', 'BMP2/SN_C21', 'T72/SN_132', 'T72/sn_s7')]
    ):  # fmt: skip
        write_image(root / part / folder / f'{number}.jpeg', number)
    train = mstar(root)
    assert members(train) == Counter(
        [('2S1', 'b01', None), ('BMP2', '9563', None), ('BMP2', 'c21', None),
         ('T72', '132', None), ('T72', 's7', None)]
    )  # fmt: skip
    assert all('/TRAIN/' in info['img_path'] for info in infos(train))
    one = mstar(root, split='test', serials='one')
    assert members(one) == Counter(
        [('2S1', 'b01', None), ('BMP2', '9563', None), ('T72', '132', None)]
    )
    write_image(root / 'TRAIN' / 'BMP2' / 'old' / 'a.jpeg', 99)
    with pytest.raises(DataError, match="the folder 'old' is no serial number of BMP2"):
        mstar(root)


def test_folders_of_several_protocols(tmp_path):
    for number, folder in enumerate(
        ['MSTAR_SOC/TRAIN/T72', 'MSTAR_SOC/TEST/T72', 'MSTAR_EOC1/TRAIN/2S1', 'MSTAR_EOC1/TEST/T72',
         'MSTAR_EOC2C/TEST/T72/A32', 'MSTAR_EOC2V/TEST/T72/A04']
    ):  # fmt: skip
        write_image(tmp_path / folder / f'{number}.jpeg', number)

    def only(variant, split):
        (info,) = infos(mstar(tmp_path, variant, split))
        return Path(info['img_path']).stem

    found = [only('SOC', 'train'), only('SOC', 'test'), only('EOC-1', 'train'),
             only('EOC-1', 'test'), only('EOC-2C', 'test'), only('EOC-2V', 'test')]  # fmt: skip
    assert found == ['0', '1', '2', '3', '4', '5']
    assert only('EOC-2V', 'train') == '0'  # of SOC, which has the same training chips
    with pytest.raises(DataError, match='has folders of soc and none of EOC-1'):
        mstar(tmp_path / 'MSTAR_SOC', 'EOC-1', 'test')


def test_a_folder_of_both_kinds_of_eoc_2_needs_serial_numbers(tmp_path):
    test = tmp_path / 'MSTAR_EOC2' / 'Test Set' / 'T72'
    write_image(test / 'A32' / '0.jpeg', 0)
    write_image(test / 'A04' / '1.jpeg', 1)
    assert members(mstar(tmp_path, 'EOC-2C', 'test')) == {('T72', 'A32', None): 1}
    assert members(mstar(tmp_path, 'EOC-2V', 'test')) == {('T72', 'A04', None): 1}
    write_image(test / '2.jpeg', 2)
    for variant in ('EOC-2C', 'EOC-2V'):
        with pytest.raises(DataError, match=r'1 images do not say which one they show: .*/2.jpeg'):
            mstar(tmp_path, variant, 'test')


def test_copies_and_empty_files_are_named(tmp_path):
    for number, folder in enumerate(('a', 'b', 'b/again')):
        write_phoenix(tmp_path / folder / 'HB1.015', seed=number // 2)
    assert len(mstar(tmp_path, exclude=['b/HB*'])) == 2  # other pixels, same name
    with pytest.raises(
        DataError, match=r'1 chips are there more than once: a/HB1\.015 = b/HB1\.015'
    ):
        mstar(tmp_path)
    (tmp_path / 'b' / 'HB1.015').write_bytes(b'')
    with pytest.raises(DataError, match=r'b/HB1\.015 is truncated'):
        mstar(tmp_path)


def test_folders_with_angles(tmp_path):
    for number, folder in enumerate(
        ['TRAIN/17_DEG/BRDM_2', 'TEST/15_DEG/BRDM_2', '30_DEG/BRDM_2', '30_DEG/SCENE3/BRDM_2',
         '17_DEG/ZSU_23_4']
    ):  # fmt: skip
        write_image(tmp_path / folder / f'{number}.png', number)
    assert members(mstar(tmp_path)) == {('BRDM2', 'E-71', 17): 1, ('ZSU234', 'd08', 17): 1}
    assert members(mstar(tmp_path, 'EOC-1', 'test')) == {('BRDM2', 'E-71', 30): 1}


def test_folders_that_do_not_say_enough(tmp_path):
    write_image(tmp_path / 'copy' / 'test' / 'T72' / 'a.png', 0)
    assert len(mstar(tmp_path / 'copy', split='test')) == 1
    with pytest.raises(DataError, match='does not say which angles its test part has'):
        mstar(tmp_path / 'copy', 'EOC-1', 'test')
    write_image(tmp_path / 'copy' / 'T72' / 'b.png', 1)
    with pytest.raises(DataError, match=r'1 images lie neither in TRAIN or TEST nor .*: T72/b.png'):
        mstar(tmp_path / 'copy')
    write_image(tmp_path / 'other' / 'train' / 'car' / 'b.png', 1)
    with pytest.raises(DataError, match='none of its folders is called as a class'):
        mstar(tmp_path / 'other')
    with pytest.raises(DataError, match=r"data_root '' is not a folder.*docs/datasets/mstar.md"):
        mstar('')


def test_phoenix_chips_through_a_pipeline(tmp_path):
    write_phoenix(tmp_path / 'HB1.015', size=140)
    write_phoenix(tmp_path / 'HB2.015', size=54, TargetType='d7_bulldozer', TargetSerNum='92v13015')
    pipeline = [
        dict(type='mmsar.LoadSARImage', channels=1),
        dict(type='mmsar.StretchSAR', rule='percentile', low=0, high=99.9),
        dict(type='mmsar.CentreCropOrPad', size=128),
    ]
    dataset = mstar(tmp_path, pipeline=pipeline)
    for sample in (dataset[0], dataset[1]):
        assert sample['img'].shape == (128, 128, 1)
        assert 200 < sample['img'].max() <= 255
    pipeline[1] = dict(type='mmsar.StretchSAR', rule='8bit')
    with pytest.raises(DataError, match=r'holds float32 values; say how to map them'):
        mstar(tmp_path, pipeline=pipeline)[0]


def test_wrong_options(release):
    for options, message in (
        ({'variant': 'EOC-3'}, 'choose one of SOC, EOC-1'),
        ({'split': 'val'}, 'MSTAR has train, test'),
        ({'serials': 'two'}, 'choose one or three'),
        ({'ann_file': 'a.csv'}, 'leave out ann_file'),
    ):
        with pytest.raises(ConfigError, match=message):
            mstar(release, **options)


def test_the_real_copy(shared):
    root = shared / 'data' / 'mstar_soc10'
    if not root.is_dir():
        pytest.skip('there is no mstar_soc10')
    train, test = (mstar(root, split=split, serials='one') for split in ('train', 'test'))
    assert len(train.metainfo['classes']) == 10
    assert {info['gt_label'] for info in infos(test)} == set(range(10))
    assert not {i['img_path'] for i in infos(train)} & {i['img_path'] for i in infos(test)}
    eoc = mstar(root, 'EOC-1')
    assert 0 < len(eoc) < len(train)


def test_the_real_header(shared):
    # SLICY is no target of a protocol, but its header is read like the others.
    with pytest.raises(DataError, match='has no chips of MSTAR'):
        mstar(shared / 'data' / 'mstar_phoenix_sample')
