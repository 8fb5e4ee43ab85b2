"""QXS-SAROPT: its files and its splits."""

import numpy as np
import pytest
from PIL import Image

from mmsar.datasets import QXSSAROPT
from mmsar.datasets.pairs.qxs_saropt import qxs_members
from mmsar.errors import ConfigError, DataError

FOLDERS = {'sar': 'sar_256_oc_0.2', 'optical': 'opt_256_oc_0.2'}


def write_qxs(root, numbers, size=8):
    """Write a miniature of these numbers, as the release has it."""
    for key, name in FOLDERS.items():
        folder = root / name
        folder.mkdir(parents=True)
        for number in numbers:
            shape = (size, size) if key == 'sar' else (size, size, 3)
            Image.fromarray(np.full(shape, number % 251, np.uint8)).save(folder / f'{number}.png')
    return root


def test_parts_are_disjoint_complete_and_stable():
    everything = {str(number) for number in range(1, 20001)}
    for protocol, sizes in {'16k4k': (16000, 4000), '14k6k': (14000, 6000)}.items():
        train, test = (qxs_members(split, protocol) for split in ('train', 'test'))
        assert (len(train), len(test)) == sizes
        assert train | test == everything
        assert not train & test
    # Of the rule as it was published with the first results: it must never change.
    assert {'8541', '9621', '8998', '2351', '9339'} <= qxs_members('train', train_size=4000)
    assert {'14498', '15321', '19968', '4727'} <= qxs_members('test')
    assert '14057' in qxs_members('train')  # the last
    assert '10242' in qxs_members('train', train_size=4000)  # likewise
    assert '15262' not in qxs_members('train', train_size=4000)
    assert '15262' in qxs_members('train', train_size=8000)


def test_smaller_training_sets_are_nested():
    sets = [qxs_members('train', train_size=size) for size in (4000, 8000, 16000)]
    assert [len(members) for members in sets] == [4000, 8000, 16000]
    assert sets[0] < sets[1] < sets[2] == qxs_members('train')
    assert qxs_members('train', '14k6k') < sets[2]
    assert qxs_members('train', '14k6k', 4000) == sets[0]
    # Not a stretch of numbers, which may be a stretch of ground: evenly from the whole release.
    share = np.mean([int(name) <= 10000 for name in sets[0]])
    assert abs(share - 0.5) < 0.04


def test_a_validation_part_is_taken_from_the_training_pairs():
    val = qxs_members('val', val_size=500)
    train = qxs_members('train', val_size=500)
    assert (len(val), len(train)) == (500, 15500)
    assert val | train == qxs_members('train')
    assert not val & qxs_members('train', train_size=8000, val_size=500)


@pytest.mark.parametrize('nesting', ['', 'QXSLAB_SAROPT', 'a/b/QXSLAB_SAROPT'])
def test_reads_pairs_wherever_they_are(tmp_path, nesting):
    numbers = [8541, 9621, 2, 14498, 10, 15321]
    write_qxs(tmp_path / nesting, numbers)
    with pytest.warns(UserWarning, match=r'QXS-SAROPT in .*: 6 of 20000 pairs: an incomplete copy'):
        test = QXSSAROPT(str(tmp_path), 'test')
    with pytest.warns(UserWarning, match='incomplete'):
        train = QXSSAROPT(str(tmp_path))
    names = {}
    for part, dataset in (('train', train), ('test', test)):
        infos = [dataset.get_data_info(i) for i in range(dataset.num_pairs)]
        names[part] = [int(info['sar_path'].split('/')[-1][:-4]) for info in infos]
        for info in infos:
            assert info['optical_path'] == info['sar_path'].replace(*FOLDERS.values())
    assert names['train'] == sorted(set(numbers) & {int(n) for n in qxs_members('train')})
    assert names['test'] == sorted(set(numbers) - set(names['train']))
    assert {14498, 15321} <= set(names['test'])


@pytest.mark.filterwarnings('ignore:.*incomplete')
def test_what_is_wrong_with_a_copy_is_named(tmp_path):
    with pytest.raises(DataError, match=r'no copy of QXS-SAROPT.*\n.*opt_256_oc_0\.2/\{1\.\.20000'):
        QXSSAROPT(str(tmp_path))
    with pytest.raises(DataError, match=r'not a folder.*docs/datasets/qxs_saropt\.md'):
        QXSSAROPT(str(tmp_path / 'nowhere'))
    write_qxs(tmp_path, [8541, 9621])
    with pytest.raises(DataError, match="no pair of split 'test'"):
        QXSSAROPT(str(tmp_path), 'test')
    Image.new('L', (8, 8)).save(tmp_path / FOLDERS['sar'] / '20001.png')
    Image.new('L', (8, 8)).save(tmp_path / FOLDERS['optical'] / '20001.png')
    with pytest.warns(UserWarning, match=r'3 of 20000 pairs: 20001 are not published'):
        assert QXSSAROPT(str(tmp_path)).num_pairs == 2
    (tmp_path / FOLDERS['optical'] / '8541.png').unlink()
    with pytest.raises(DataError, match=r'have no partner of the same name .*: 8541\.png'):
        QXSSAROPT(str(tmp_path))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'protocol': '15k5k'}, "protocol='15k5k': choose one of 16k4k, 14k6k"),
        ({'split': 'trainval'}, "split='trainval'"),
        ({'train_size': 5000}, 'train_size=5000: choose 4000, 8000 or 16000'),
        ({'train_size': 16000, 'protocol': '14k6k'}, 'more than the 14000 pairs'),
        ({'train_size': 16000, 'val_size': 1}, 'more than the 16000 pairs'),
        ({'val_size': -1}, 'val_size=-1'),
        ({'split': 'val'}, 'set val_size'),
        ({'pattern': 'x*'}, 'leave out pattern'),
    ],
)
def test_wrong_options_are_named(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        QXSSAROPT(str(tmp_path), **options)
