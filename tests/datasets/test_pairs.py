"""Reading sets of optical-SAR pairs."""

import numpy as np
import pytest
from pair_sets import FOLDERS, folders, listed, partners, row, write_folders, write_list, write_pair

from mmsar.datasets import LabelledPairs, OpticalSARPairs
from mmsar.datasets.csv_file import read_csv
from mmsar.datasets.pairs.files import read_pair_list
from mmsar.datasets.pairs.leaks import overlapping
from mmsar.errors import ConfigError, DataError


def test_folders_give_pairs_and_then_negatives(tmp_path):
    dataset = folders(write_folders(tmp_path, 'bac'), test_mode=True)
    assert (dataset.num_pairs, len(dataset)) == (3, 6)
    for number, stem in enumerate('abc'):
        assert dataset.get_data_info(number) == {
            'sar_path': str(tmp_path / 'sar' / f'{stem}.png'),
            'optical_path': str(tmp_path / 'optical' / f'{stem}.png'),
            'sar_id': number,
            'optical_id': number,
            'sar_group': None,
            'optical_group': None,
            'label': 1,
            'sample_idx': number,
        }
    last = dataset.get_data_info(-1)
    assert last == dataset.get_data_info(5)
    assert (last['sar_path'], last['label']) == (str(tmp_path / 'sar' / 'c.png'), 0)
    other = 'abc'[last['optical_id']]
    assert other != 'c'
    assert last['optical_path'] == str(tmp_path / 'optical' / f'{other}.png')


def test_suffixes_may_differ_and_a_pattern_chooses(tmp_path):
    write_folders(tmp_path, ['train_1', 'train_2', 'val_1', 'val_2'])
    (tmp_path / 'sar' / 'val_1.png').unlink()
    np.save(tmp_path / 'sar' / 'val_1.npy', np.zeros((4, 4)))
    (tmp_path / 'sar' / 'notes.txt').touch()
    dataset = folders(tmp_path, pattern='val_*')
    assert dataset.get_data_info(0)['sar_path'].endswith('val_1.npy')
    assert dataset.num_pairs == 2
    with pytest.raises(DataError, match=r"sar has no images whose names match 'test_\*'"):
        folders(tmp_path, pattern='test_*')


def test_a_list_gives_scenes_and_leaves_out_rows(tmp_path):
    rows = [row(0, 'a', 1), row(1, 'b', 0), row(2, 'c', 'yes')]
    dataset = listed(write_list(tmp_path, 'sar, optical, group, kept', rows))
    assert [dataset.get_data_info(i)['sar_group'] for i in range(2)] == ['a', 'c']
    assert dataset.get_data_info(1)['sar_path'] == str(tmp_path / 'sar' / '2.png')
    prefixed = OpticalSARPairs(
        str(tmp_path),
        'pairs.csv',
        FOLDERS,
        columns={'sar': '{group}.png', 'optical': '{group}.png', 'kept': '1'},
        indices=1,
        lazy_init=True,
    )
    for stem in 'abc':
        write_pair(tmp_path, stem, 0)
    assert prefixed.load_data_list()[2]['optical'] == str(tmp_path / 'optical' / 'c.png')


def test_columns_with_other_names(tmp_path):
    rows = ['7,5', '8,5', '9,6']
    write_list(tmp_path, 'number,place', rows, 0)
    write_folders(tmp_path, ['007', '008', '009'])
    columns = {key: f'{key}/{{number:0>3}}.png' for key in FOLDERS} | {'group': 'scene {place}'}
    dataset = listed(tmp_path, columns=columns)
    infos = [dataset.get_data_info(i) for i in range(3)]
    assert [info['sar_group'] for info in infos] == ['scene 5', 'scene 5', 'scene 6']
    assert infos[2]['optical_path'] == str(tmp_path / 'optical' / '009.png')
    assert partners(dataset)[:2] == [2, 2]


# ------------------------------------------------------------------ ground


def test_parts_are_whole_scenes_and_stable(tmp_path):
    rows = [row(i, f's{i // 2}') for i in range(20)]
    write_list(tmp_path, 'sar,optical,group', rows)
    groups = {}
    for part in ('train', 'val'):
        dataset = listed(tmp_path, part=part, share=0.7)
        infos = [dataset.get_data_info(i) for i in range(dataset.num_pairs)]
        groups[part] = {info['sar_group'] for info in infos}
        assert len(infos) == 2 * len(groups[part])
    assert groups['val'] == {'s0', 's6', 's9'}
    assert groups['train'] == {f's{i}' for i in range(10)} - groups['val']
    other = listed(tmp_path, part='val', share=0.7, split_seed=1)
    assert {other.get_data_info(i)['sar_group'] for i in range(6)} != groups['val']


def test_listed_parts_are_taken_as_they_are(tmp_path):
    rows = [row(i, part) for i, part in enumerate(['train', 'val', 'val', 'train', 'train'])]
    write_list(tmp_path, 'sar,optical,part', rows)
    assert [listed(tmp_path, part=part).num_pairs for part in ('train', 'val', None)] == [3, 2, 5]
    with pytest.raises(DataError, match=r"no pairs of part 'test'; it has train, val"):
        listed(tmp_path, part='test')


def test_scenes_from_names(tmp_path):
    write_folders(tmp_path, ['sea_0_0', 'sea_0_8', 'port_1_0_0', 'port_1_0_8'])
    dataset = folders(tmp_path, group_pattern=r'(.+)_\d+_\d+')
    groups = [dataset.get_data_info(i)['sar_group'] for i in range(4)]
    assert groups == ['port_1', 'port_1', 'sea', 'sea']
    assert {j // 2 for j in partners(dataset)[:2]} == {1}
    assert folders(tmp_path, part='train', group_pattern='(.*)', share=0.5).num_pairs == 2


def test_images_are_taken_apart(tmp_path):
    for number in range(2):
        write_pair(tmp_path, str(number), number, (20, 30))
    dataset = folders(tmp_path, patch=10)
    assert dataset.num_pairs == 12
    infos = [dataset.get_data_info(i) for i in range(6)]
    windows = [(0, 0), (0, 10), (0, 20), (10, 0), (10, 10), (10, 20)]
    assert [info['sar_window'][:2] for info in infos] == windows
    assert all(info['sar_window'] == info['optical_window'] for info in infos)
    seen = {dataset.get_data_info(12)['optical_id'] for _ in range(150)}
    assert seen == set(range(1, 12))  # other places of its own scene too
    apart = folders(tmp_path, patch=10, negatives='other_scene')
    seen = {apart.get_data_info(12)['optical_id'] for _ in range(80)}
    assert seen == set(range(6, 12))
    overlapping = folders(tmp_path, patch=10, overlap=0.5)
    neighbours = {1, 5, 6}  # windows every 5 pixels, 5 in a row
    seen = {overlapping.get_data_info(30)['optical_id'] for _ in range(300)}
    assert seen == set(range(1, 30)) - neighbours
    sample = overlapping.get_data_info(30)
    assert sample['sar_window'] == (0, 0, 10, 10)
    place = sample['optical_id'] % 15
    assert sample['optical_window'] == (place // 5 * 5, place % 5 * 5, 10, 10)


def test_patches_of_listed_places_know_their_ground(tmp_path):
    rows = [row(0, 'a', 0, 0, 12), row(1, 'a', 0, 8, 12)]
    write_list(tmp_path, 'sar,optical,group,row,column,size', rows, 0)
    for number in range(2):
        write_pair(tmp_path, str(number), number, (12, 12))
    dataset = listed(tmp_path, patch=6)
    # Columns of the scene: 0, 6 in the first file, 8, 14 in the second; each in two rows.
    assert {dataset.get_data_info(9)['optical_id'] for _ in range(200)} == {0, 2, 3, 5, 6, 7}
    write_list(tmp_path, 'sar,optical,group', [row(0, 'a'), row(1, 'a')], 0)
    with pytest.raises(DataError, match=r'where in its scene a pair lies \(a\)'):
        listed(tmp_path, patch=6)


# ------------------------------------------------------------------ broken inputs


def test_a_missing_partner_is_named(tmp_path):
    write_folders(tmp_path, range(3))
    (tmp_path / 'optical' / '1.png').unlink()
    with pytest.raises(DataError, match=r'1 of 3 images in .*sar have no partner .*: 1\.png'):
        folders(tmp_path)
    (tmp_path / 'sar' / '1.png').rename(tmp_path / 'optical' / '1.png')
    with pytest.raises(DataError, match=r'1 of 3 images in .*optical have no partner'):
        folders(tmp_path)


def test_two_images_of_one_name_are_refused(tmp_path):
    write_folders(tmp_path, range(3))
    np.save(tmp_path / 'sar' / '1.npy', np.zeros((4, 4)))
    with pytest.raises(DataError, match=r'two images called 1: 1\.npy and 1\.png'):
        folders(tmp_path)


@pytest.mark.parametrize('key', ['sar', 'optical'])
def test_an_empty_file_is_named(tmp_path, key):
    write_folders(tmp_path, range(3))
    (tmp_path / key / '2.png').write_bytes(b'')
    with pytest.raises(DataError, match=rf'1 of 3 {key} images are empty .*2\.png'):
        folders(tmp_path)


def test_bad_paths_are_named(tmp_path):
    write_folders(tmp_path, range(3))
    with pytest.raises(DataError, match=r'data_root .*nowhere.*--cfg-options data_root='):
        folders(tmp_path / 'nowhere')
    with pytest.raises(DataError, match=r'ann_file .*pairs\.csv.* does not exist'):
        listed(tmp_path)
    with pytest.raises(DataError, match=r'data_prefix\.sar .*radar.* is not a folder'):
        OpticalSARPairs(str(tmp_path), data_prefix={'sar': 'radar', 'optical': 'optical'})
    with pytest.raises(ConfigError, match="data_prefix has no 'opt': set data_prefix=dict"):
        OpticalSARPairs(str(tmp_path), data_prefix={'sar': 'sar', 'opt': 'optical'})
    with pytest.raises(ConfigError, match="data_prefix has no 'img': "):
        LabelledPairs('pairs.csv', str(tmp_path), data_prefix={'img': 'sar'})
    with pytest.raises(ConfigError, match=r'folder of both images: set data_prefix'):
        OpticalSARPairs(str(tmp_path))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'negatives': 'all'}, "negatives='all': choose one of other_ground, other_scene, none"),
        ({'part': 'train'}, 'does not say which scene a pair is of.*group_pattern'),
        ({'part': 'test', 'group_pattern': '(.*)'}, "part='test': choose train or val"),
        (
            {'part': 'val', 'group_pattern': '(.*)', 'share': 0.99},
            'of 3 scenes leaves a part empty',
        ),
        ({'share': 1.0}, r'share=1\.0'),
        ({'group_pattern': '('}, r"group_pattern='\('"),
        ({'group_pattern': '.*'}, 'put the scene in parentheses'),
        ({'group_pattern': '([01])'}, r'does not match 1 of 3 names: 2\.png'),
        ({'patch': 13}, r'rows and columns: patch=13 needs'),
    ],
)
def test_wrong_options_are_named(tmp_path, options, message):
    write_folders(tmp_path, range(3))
    with pytest.raises((ConfigError, DataError), match=message):
        folders(tmp_path, **options)


@pytest.mark.parametrize(
    ('header', 'rows', 'message'),
    [
        ('', [], 'is empty; its first line'),
        ('sar,optical', [], 'lists no pairs'),
        ('sar;optical', ['sar/0.png;optical/0.png'], "no column 'sar'; it has sar;optical"),
        ('sar,optical', ['sar/0.png'], 'line 2: it has not the 2 values'),
        ('sar,optical', [row(0), row(1, 'x')], 'line 3: it has not the 2 values'),
        ('sar,optical', ['sar/0.png,'], 'line 2: optical is empty'),
        ('sar,optical', [row(0), 'sar/7.png,optical/1.png'], r'1 of 2 images.*sar/7\.png'),
        ('sar,optical,group', [row(0, 'a'), row(1, '')], 'line 3: group is empty'),
        ('sar,optical,row,column,size', [row(0, 1, 2, 3)], 'needs the columns group, row'),
        ('sar,optical,group,row', [row(0, 'a', 2)], 'has row: a place in a scene needs'),
        ('sar,optical,group,row,column,size', [row(0, 'a', 1, 2, 'x')], 'must be whole numbers'),
        ('sar,optical,group,row,column,size', [row(0, 'a', 1, 2, 0)], 'size 0 is not above zero'),
        ('sar,optical', [row(0), row(1), row(0)], r'1 pairs of files more than once: .*sar/0\.png'),
        ('sar,optical,group', [row(0, 'a'), row(0, 'b'), row(1, 'c')], 'Keep one row of each'),
        ('sar,optical,group', [row(0, 'a'), row(0, 'a'), row(1, 'c')], 'a twin counts double'),
        (
            'sar,optical,group',
            [row(0, 'a'), 'sar/./0.png,optical/1.png,b'],
            r'sar/0\.png more than once, not always with the same group',
        ),
        ('sar,optical', [row(0), 'sar/1.png,optical/0.png'], r'optical/0\.png more than once'),
        (
            'sar,optical,group,row,column,size',
            [row(0, 'a', 0, 0, 4), 'sar/0.png,optical/1.png,a,0,4,4'],
            'Give all rows of a file the same',
        ),
        ('sar,optical,sar', ['a,b,c'], "line 1: more than one column is called 'sar'; rename"),
        ('sar,optical,kept', [row(0, 1), row(1, '')], "line 3: kept is ''; write 1"),
        ('sar,optical,kept', [row(0, 'maybe')], "line 2: kept is 'maybe'"),
        ('sar,optical,kept', [row(0, 0)], 'lists no pairs'),
        ('sar,optical', [row(0)], 'no pair is known to show other ground than'),
        ('sar,optical,group', [row(0, 'a'), row(1, 'a')], 'all 2 pairs are of its scene'),
    ],
)
def test_a_bad_list_is_named(tmp_path, header, rows, message):
    write_list(tmp_path, header, rows, 2)
    with pytest.raises(DataError, match=message):
        listed(tmp_path)


@pytest.mark.parametrize(
    ('header', 'rows', 'message'),
    [
        (
            'part',
            [row(0, 'train'), row(1, 'val'), 'sar/2.png,sar/0.png,val'],
            r'1 files in more than one part \(train, val\): .*sar/0\.png',
        ),
        (
            'group,part',
            [row(0, 's', 'train'), row(1, 't', 'train'), row(2, 's', 'val')],
            r'1 scenes \(group\) in more than one part \(train, val\): s\. Parts',
        ),
        (
            'group,row,column,size,part',
            [row(0, 's,0,0,8,train'), row(1, 's,8,0,8,val'), row(2, 's,7,7,4,val')],
            "ground of group 's': the pair at row 0, column 0, size 8 overlaps that at row 7, col",
        ),
    ],
)
def test_listed_parts_that_share_ground_are_refused(tmp_path, header, rows, message):
    write_list(tmp_path, f'sar,optical,{header}', rows)
    for part in ('train', 'val'):
        with pytest.raises(DataError, match=message):
            listed(tmp_path, part=part)


def test_listed_parts_may_share_a_scene_if_not_its_ground(tmp_path):
    places = ['s,0,0,8,train', 's,8,0,8,val', 's,0,8,4,val', 't,0,0,8,train', 't,20,0,1,train']
    write_list(
        tmp_path,
        'sar,optical,group,row,column,size,part',
        [row(i, p) for i, p in enumerate(places)],
    )
    assert [
        listed(tmp_path, part=part, negatives='none').num_pairs for part in ('train', 'val')
    ] == [3, 2]


def test_overlaps_are_found_as_by_an_independent_count():
    generator = np.random.default_rng(0)
    for size in (1, 2, 5):
        lists = []
        for _ in range(2):
            places = generator.integers(0, 30, (6, 2))
            sizes = generator.integers(1, size + 1, (6, 1))
            lists.append(np.hstack([places, sizes, sizes]))
        shown = [
            [{(r, c) for r in range(y, y + s) for c in range(x, x + s)} for y, x, s, _ in one]
            for one in lists
        ]
        common = {(i, j) for i in range(6) for j in range(6) if shown[0][i] & shown[1][j]}
        found = overlapping(*lists)
        assert (found is None) == (not common)
        assert found is None or found in common


def test_values_of_kept_from_other_programs(tmp_path):
    values = ['1.0', '0.0', 'True', 'NO', 'yes', 'false']
    write_list(tmp_path, 'sar,optical,kept', [row(i, v) for i, v in enumerate(values)])
    kept = [pair.sar for pair in read_pair_list(tmp_path / 'pairs.csv')]
    assert kept == ['sar/0.png', 'sar/2.png', 'sar/4.png']


def test_an_unreadable_list_is_named(tmp_path):
    write_list(tmp_path, 'sar,optical', [row(0), row(1)])
    for content in (b'\xff\xfe\x00binary', b'sar,optical\n"sar/0.png,optical/0.png\n'):
        (tmp_path / 'pairs.csv').write_bytes(content)
        with pytest.raises(DataError, match=r'pairs\.csv.*cannot be read as a csv file'):
            listed(tmp_path)
    (tmp_path / 'pairs.csv').write_bytes(b'')
    with pytest.raises(DataError, match=r'pairs\.csv is empty; its first line must name'):
        listed(tmp_path)
    with pytest.raises(DataError, match='is a folder, not a file'):
        read_csv(tmp_path)


def test_wrong_columns_are_named(tmp_path):
    write_list(tmp_path, 'sar,optical', [row(0), row(1)])
    with pytest.raises(ConfigError, match="columns has no 'radar'"):
        listed(tmp_path, columns={'radar': '{sar}'})
    with pytest.raises(DataError, match=r"line 2: columns=dict\(sar='\{name\}'\) does not fit"):
        listed(tmp_path, columns={'sar': '{name}'})
    for template in ('{sar.x}', '{sar[x]}'):
        with pytest.raises(DataError, match=r"line 2: columns=dict\(sar='\{sar.*does not fit"):
            listed(tmp_path, columns={'sar': template})
    with pytest.raises(ConfigError, match=r'columns\.sar=3 is no text'):
        listed(tmp_path, columns={'sar': 3})
    with pytest.raises(ConfigError, match='lists the scene of each pair'):
        listed(tmp_path, columns={'group': '{sar}'}, group_pattern='(.*)')
