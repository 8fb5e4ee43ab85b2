"""build_sar_vsa.py, as a user runs it."""

import csv
import re
import shutil
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from dataset_converters.build_sar_vsa import main
from PIL import Image
from toy_chip_sets import write_acd, write_fusar, write_image, write_mstar_release

from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS


@pytest.fixture(scope='module')
def sets(tmp_path_factory):
    root = tmp_path_factory.mktemp('sets')
    write_mstar_release(root / 'mstar')
    write_fusar(root / 'fusar')
    write_acd(root / 'acd')
    return root


def flags(root):
    return ['--mstar', str(root / 'mstar'), '--fusar-ship', str(root / 'fusar'), '--sar-acd',
            str(root / 'acd'), '--threads', '2']  # fmt: skip


def rows(out, split):
    with (out / f'{split}.csv').open(newline='') as file:
        return list(csv.DictReader(file))


def load(out, split):
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        dataset = DATASETS.build(dict(type='mmsar.SARVSA', data_root=str(out), split=split))
    return [dataset.get_data_info(number) for number in range(len(dataset))]


def test_all_three(sets, tmp_path, capsys):
    out = tmp_path / 'vsa'
    main([str(out), *flags(sets)])
    printed = capsys.readouterr().out
    assert re.search(r'infantry vehicle \(BMP2\) +3 +698 +3 +587\n', printed)
    assert f'{out / "train"}.csv: 104 chips' in printed
    train, test = load(out, 'train'), load(out, 'test')
    # MSTAR 14 + 14, FUSAR-Ship 70 + 30, SAR-ACD (24 of each type; 4 are nearest to a fifth).
    assert Counter(i['data_set'] for i in train) == {'mstar': 14, 'fusar_ship': 70, 'sar_acd': 20}
    assert Counter(i['data_set'] for i in test) == {'mstar': 14, 'fusar_ship': 30, 'sar_acd': 100}
    assert {i['gt_label'] for i in train} == set(range(25))
    assert not {i['group'] for i in train} & {i['group'] for i in test}
    # Phoenix files become PNG files of 8 bits, others stay where they are.
    made = [Path(i['img_path']) for i in train if i['data_set'] == 'mstar']
    assert all(path.is_relative_to(out / 'chips' / 'mstar') for path in made)
    pixels = np.array(Image.open(made[0]))
    assert (pixels.dtype, pixels.min(), pixels.max()) == (np.uint8, 0, 255)
    assert not any('/chips/' in i['img_path'] for i in train if i['data_set'] != 'mstar')
    assert not [row for row in rows(out, 'test') if row['path'].startswith('/')]
    assert not list(tmp_path.glob('.vsa*'))


def test_again_and_elsewhere_it_is_the_same(sets, tmp_path):
    root = tmp_path / 'moved'
    shutil.copytree(sets, root)
    main([str(tmp_path / 'a'), *flags(sets)])
    main([str(root / 'b'), *flags(root)])
    main([str(tmp_path / 'c'), *flags(sets), '--seed', '1'])
    for split in ('train', 'test'):
        scenes = [[(row['scene'], row['label'], row['group']) for row in rows(out, split)]
                  for out in (tmp_path / 'a', root / 'b', tmp_path / 'c')]  # fmt: skip
        assert scenes[0] == scenes[1] != scenes[2]
        mstar = [[row for row in part if row[0].startswith('mstar/')] for part in scenes]
        assert mstar[0] == mstar[2]


def test_it_refuses_and_leaves_nothing(sets, tmp_path):
    out = tmp_path / 'vsa'
    for extra, message in (
        (['--sar-acd', str(tmp_path / 'none')], 'is not a folder'),
        (['--complete'], 'counts are not those of the README: train anti-aircraft'),
        (['--mstar', str(sets / 'acd')], 'none of its folders is called as a class'),
    ):
        with pytest.raises(DataError, match=message):
            main([str(out), *flags(sets), *extra])
    for extra, message in (
        (['--redraw', 'mstar'], 'follow its protocol'),
        (['--exclude', 'ssdd=*'], "'ssdd' is none of mstar"),
        (['--alias', 'fusar_ship=Tug'], 'SET=FOLDER=CLASS'),
        (['--low', '99', '--high', '5'], '0 <= low < high'),
    ):
        with pytest.raises(ConfigError, match=message):
            main([str(out), *flags(sets), *extra])
    with pytest.raises(ConfigError, match='--fusar-ship, --sar-acd is not given'):
        main([str(out), *flags(sets)[:2]])
    with pytest.raises(ConfigError, match='is in the folder of fusar_ship'):
        main([str(sets / 'fusar' / 'vsa'), *flags(sets)])
    assert not list(tmp_path.iterdir())
    main([str(out), *flags(sets)[:2], '--incomplete', '--serials', 'one'])
    assert len(rows(out, 'train')) == 10
    before = (out / 'train.csv').read_bytes()
    with pytest.raises(ConfigError, match='vsa exists: remove it'):
        main([str(out), *flags(sets)])
    assert (out / 'train.csv').read_bytes() == before


def test_training_chips_that_equal_a_test_chip_are_left_out(tmp_path):
    write_fusar(tmp_path / 'fusar', parts=True)
    for part in ('Train', 'Val'):
        write_image(tmp_path / 'fusar' / part / 'Tug' / 'x.png', 9999)
    out = tmp_path / 'vsa'
    flags = ['--fusar-ship', str(tmp_path / 'fusar'), '--incomplete']
    alias = ['--alias', 'fusar_ship=Tug=ship (others)']
    with pytest.warns(UserWarning, match='1 training chips have exactly the pixels of a test chip'):
        main([str(out), *flags, *alias])
    assert (len(rows(out, 'train')), len(rows(out, 'test'))) == (70, 31)


def test_a_stopped_run_is_begun_anew(sets, tmp_path, monkeypatch):
    from mmsar.datasets.recognition import sar_vsa_building

    out = tmp_path / 'vsa'

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sar_vsa_building, 'write_manifest', stop)
        with pytest.raises(KeyboardInterrupt):
            main([str(out), *flags(sets)])
    assert not list(tmp_path.iterdir())
    (tmp_path / '.vsa.partial').mkdir()  # of one that was killed
    main([str(out), *flags(sets)])
    assert [path.name for path in tmp_path.iterdir()] == ['vsa']
