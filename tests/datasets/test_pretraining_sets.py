"""From folders of the pre-training sets to a manifest of chips."""

import csv
import shutil
from pathlib import Path

import miniatures
import numpy as np
import pytest
from dataset_converters.build_pretrain_manifest import main
from PIL import Image

from mmsar.datasets import HRSID, AIRSARShip1, AIRSARShip2, SARChips
from mmsar.datasets.pretraining.chips import Making, measure, write_parts
from mmsar.datasets.pretraining.sets import SETS
from mmsar.datasets.pretraining.source_files import held_out_files
from mmsar.datasets.recognition.manifest import read_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster, write_raster


def noise(seed, size=(12, 16), scale=255):
    return np.rint(np.random.default_rng(seed).random(size) * scale)


def png(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values, np.uint8)).save(path)


@pytest.fixture
def root(tmp_path):
    """Three of the sets, two of them with a test part."""
    folder = tmp_path / 'root'
    for number in range(4):
        png(folder / 'MSTAR' / 'TRAIN' / '17_DEG' / 'T72' / f'{number}.png', noise(number))
    for number in (4, 5):
        png(folder / 'MSTAR' / 'TEST' / '15_DEG' / 'T72' / f'{number}.png', noise(number))
    # A scene that is cut; its right third is empty.
    scene = noise(6, (300, 500), 60000)
    scene[:, 270:] = 0
    (folder / 'Sandia-MiniSAR').mkdir()
    write_raster(folder / 'Sandia-MiniSAR' / 'scene.tif', scene.astype(np.uint16))
    miniatures.write_ssdd(folder / 'ssdd')
    return folder


def build(root, out, *flags):
    main([str(root), str(out), '--processes', '1', *flags])
    return read_manifest(out / 'manifest.csv')


def left_out(out):
    with (out / 'left_out.csv').open(newline='') as file:
        return {(row['set'], row['path']): row['reason'] for row in csv.DictReader(file)}


def counts(text):
    """The printed numbers of each set: images, six reasons, chips, README."""
    rows = [line.split() for line in text.splitlines()]
    return {
        row[0]: [int(v.replace(',', '')) for v in row[1:10]]
        for row in rows
        if row and row[0] in {item.key for item in SETS} and row[1] != 'not'
    }


def test_the_list_is_that_of_the_readme():
    assert len(SETS) == len({item.key for item in SETS}) == 14
    assert sum(item.published for item in SETS) == 186_600


def test_chips_of_three_sets(root, tmp_path, capsys):
    out = tmp_path / 'out'
    chips = build(root, out)
    text = capsys.readouterr().out
    found = counts(text)
    assert set(found) == {'mstar', 'minisar', 'ssdd'}
    assert found['mstar'] == [6, 2, 0, 0, 0, 0, 0, 4, 14_577]
    # Columns 0, 224 and 276 of rows 0 and 76: the last two have no data.
    assert found['minisar'] == [1, 0, 0, 0, 2, 0, 0, 4, 3_927]
    assert 'sarsim' in text
    assert '186,600' in text
    test = {path.stem for path in (root / 'ssdd').rglob('images/test/*')}
    ssdd = [chip for chip in chips if chip.set == 'ssdd']
    assert ssdd
    assert test
    assert not test & {chip.path.rsplit('/', 1)[1].split('.')[0] for chip in ssdd}

    scene = [chip for chip in chips if chip.set == 'minisar']
    assert [tuple(chip[4:8]) for chip in scene] == [
        (0, 0, 224, 224), (0, 224, 224, 224), (76, 0, 224, 224), (76, 224, 224, 224)
    ]  # fmt: skip
    assert scene[0].scene == 'minisar/scene.tif'
    original, _ = read_raster(root / 'Sandia-MiniSAR' / 'scene.tif')
    top = np.percentile(original, 99.9)
    for chip in scene:
        pixels, meta = read_raster(out / chip.path)
        cut = original[chip.row : chip.row + 224, chip.column : chip.column + 224]
        assert meta.dtype == 'uint8'
        assert np.abs(pixels - np.minimum(cut / top, 1) * 255).max() < 2

    pipeline = [
        dict(type='mmsar.LoadSARImage', channels=1),
        dict(type='mmsar.StretchSAR', rule='8bit', out=(0, 1)),
    ]
    dataset = SARChips(str(out), ann_file='manifest.csv', check='pixels', pipeline=pipeline)
    assert len(dataset) == len(chips)
    np.testing.assert_allclose(dataset[1]['img'][..., 0], noise(1) / 255, rtol=1e-6)
    # Images of 8 bits stay where they are.
    assert len(list((out / 'chips').rglob('*.png'))) == 4


def test_repetitions_and_copies_of_test_images_are_left_out(root, tmp_path):
    mstar = root / 'MSTAR' / 'TRAIN' / '17_DEG' / 'T72'
    write_raster(mstar / 'copy.npy', noise(2).astype(np.uint8))  # the same pixels in another file
    sarsim = root / 'SARSim'
    png(sarsim / 'a.png', noise(3))  # of a set that was read before
    png(sarsim / 'b.png', noise(5))  # a test image of MSTAR
    png(sarsim / 'c.png', noise(30))
    png(sarsim / 'd.png', np.full((5, 5), 7))
    out = tmp_path / 'out'
    chips = build(root, out, '--sets', 'mstar', 'sarsim')
    assert [chip.scene for chip in chips if chip.set == 'sarsim'] == ['sarsim/c.png']
    reasons = left_out(out)
    inside = 'TRAIN/17_DEG/T72'
    assert reasons['mstar', f'{inside}/copy.npy'] == f'duplicate: of mstar/{inside}/2.png'
    assert reasons['sarsim', 'a.png'] == f'duplicate: of mstar/{inside}/3.png'
    assert reasons['sarsim', 'b.png'] == 'duplicate: of a test image of mstar'
    assert reasons['sarsim', 'd.png[0,0]'] == 'flat'


def test_folders_of_test_parts(tmp_path):
    (item,) = (item for item in SETS if item.key == 'sived')
    train = ['images/a.png', 'contest/a.png', 'Train Set/test.png', 'latest/a.png']
    test = ['test/a.png', 'sub/TEST/a.png', 'images_test/a.png', 'Test Set/a.png', 'test2/x/a.png']
    assert held_out_files(item, tmp_path, train + test) == set(test)
    assert held_out_files(item, tmp_path, train + test, known=False) == set()


def test_test_parts_are_kept_or_named(root, tmp_path, monkeypatch):
    everything = build(root, tmp_path / 'a', '--keep-tests')
    assert sum(chip.set == 'mstar' for chip in everything) == 6
    images = {path.name for path in (root / 'ssdd').rglob('images/*/*')}
    assert {chip.scene.rsplit('/', 1)[1] for chip in everything if chip.set == 'ssdd'} == images
    one = build(root, tmp_path / 'b', '--keep-tests', 'mstar', '--test', 'mstar=*/[03].png')
    kept = [chip.scene[-5:] for chip in one if chip.set == 'mstar']
    assert kept == ['4.png', '5.png', '1.png', '2.png']
    with pytest.raises(DataError, match=r"no images that match the test part 'nothing/\*'"):
        build(root, tmp_path / 'c', '--test', 'mstar=nothing/*')
    for path in (root / 'ssdd').rglob('test*.json'):
        path.unlink()
    # Before anything is read, which takes hours.
    monkeypatch.setattr('mmsar.datasets.pretraining.build.measure', None)
    with pytest.raises(DataError, match=r'(?s)test part of SSDD is not known.*--keep-tests ssdd'):
        build(root, tmp_path / 'd')


@pytest.mark.filterwarnings('ignore:.*an incomplete copy')
def test_readers_tell_the_test_parts(tmp_path, capsys):
    root = tmp_path / 'root'
    miniatures.write_hrsid(root / 'HRSID')
    miniatures.write_air_sarship_1(root / 'AIR-SARShip' / 'AIR-SARShip-1.0')
    miniatures.write_air_sarship_2(root / 'AIR-SARShip' / 'AIR-SARShip-2.0')
    miniatures.write_sar_aircraft(root / 'SAR-AIRcraft-1.0')
    chips = build(root, tmp_path / 'out')
    found = counts(capsys.readouterr().out)
    assert set(found) == {'hrsid', 'air_sarship', 'sar_aircraft'}
    for key, (images, tests, duplicates, *_, listed, _) in found.items():
        assert 0 < tests < images
        assert listed == images - tests - duplicates == sum(chip.set == key for chip in chips)
    held_out = {
        'HRSID': HRSID(str(root / 'HRSID'), 'test'),
        'AIR-SARShip-1.0': AIRSARShip1(str(root), 'test'),
        'AIR-SARShip-2.0': AIRSARShip2(str(root), 'test'),
    }
    reasons = left_out(tmp_path / 'out')
    for name, dataset in held_out.items():
        paths = {Path(dataset[i]['img_path']) for i in range(len(dataset))}
        # The images of the two versions have the same names here.
        tests = {
            root / entry if name == 'HRSID' else root / 'AIR-SARShip' / entry
            for (key, path), reason in reasons.items()
            for entry in [f'HRSID/{path}' if key == 'hrsid' else path]
            if reason == 'test' and name in entry
        }
        assert tests == paths
    lists = (root / 'SAR-AIRcraft-1.0').rglob('test.txt')
    (names,) = [path.read_text().split() for path in lists]
    assert found['sar_aircraft'][1] == len(names)


def test_unreadable_files_are_named_together(root, tmp_path, capsys):
    broken = root / 'MSTAR' / 'TRAIN' / '17_DEG' / 'T72' / '1.png'
    broken.write_bytes(broken.read_bytes()[:60])
    (root / 'Sandia-MiniSAR' / 'empty.npy').touch()
    with pytest.raises(DataError) as error:
        build(root, tmp_path / 'out')
    text = str(error.value)
    assert text.startswith('2 files cannot be read:\n')
    assert text.count('1.png') == text.count('empty.npy') == 1
    assert text.endswith('--skip-corrupt')
    build(root, tmp_path / 'out', '--skip-corrupt')
    found = counts(capsys.readouterr().out)
    assert found['mstar'][5] == found['minisar'][5] == 1
    assert left_out(tmp_path / 'out')['minisar', 'empty.npy'].startswith('unreadable: it is empty')


def test_a_seed_chooses_among_more(root, tmp_path):
    lists = {
        flags: [chip.scene for chip in build(root, tmp_path / '_'.join(flags), *flags)]
        for flags in (
            ('--limit', '1'), ('--limit', '2'), ('--limit', '2', '--seed', '1'),
            ('--limit', '2', '--processes', '2'),
        )
    }  # fmt: skip
    one, two, other, again = lists.values()
    assert set(one) < set(two)
    assert two == again
    assert sum('mstar' in scene for scene in two) == 2
    assert two != other


def test_near_duplicates_are_left_out_on_request(tmp_path):
    base = np.kron(noise(0, (16, 16)), np.ones((4, 4)))
    png(tmp_path / 'root' / 'sadd' / 'a.png', base)
    png(tmp_path / 'root' / 'sadd' / 'b.png', np.clip(base * 0.9 + noise(1, base.shape, 9), 0, 255))
    png(tmp_path / 'root' / 'sadd' / 'c.png', np.kron(noise(2, (16, 16)), np.ones((4, 4))))
    assert len(build(tmp_path / 'root', tmp_path / 'all')) == 3
    chips = build(tmp_path / 'root', tmp_path / 'far', '--near', '0.9')
    assert [chip.scene for chip in chips] == ['sadd/a.png', 'sadd/c.png']
    reason = left_out(tmp_path / 'far')['sadd', 'b.png[0,0]']
    assert reason.startswith('near: ')
    assert reason.endswith(' to a.png[0,0]')


def test_values_and_bands_become_8_bits(tmp_path):
    making = Making(low=0, high=100)

    def written(name, values):
        path = tmp_path / name
        write_raster(path, values)
        found = measure(str(path), making)
        assert not found.problem
        targets = [(part, tmp_path / f'out_{part.band}.png') for part in found.parts]
        write_parts(str(path), making, targets)
        return found.ready, [read_raster(target)[0][..., 0] for _, target in targets]

    values = noise(0).astype(np.float32)
    values[0, :2] = 0, 255
    ready, (pixels,) = written('float.npy', values * 3 - 50)
    assert not ready
    np.testing.assert_allclose(pixels, values, atol=1)
    _, (pixels,) = written('complex.npy', (values * 1j).astype(np.complex64))
    np.testing.assert_allclose(pixels, values, atol=1)
    two = np.stack([values, values[::-1]], axis=-1)
    ready, bands = written('two.tif', two.astype(np.uint8))
    assert not ready
    for band, expected in zip(bands, (values, values[::-1]), strict=True):
        np.testing.assert_array_equal(band, expected)
    ready, (pixels,) = written('grey.png', np.repeat(values[..., None], 3, 2).astype(np.uint8))
    assert ready
    colour = np.stack([values, values * 0, values * 0], axis=-1)
    ready, (pixels,) = written('colour.png', colour.astype(np.uint8))
    assert not ready
    np.testing.assert_allclose(pixels, values * 0.299, atol=0.51)
    with_gap = values.copy()
    with_gap[3, 3] = np.nan
    _, (pixels,) = written('gap.npy', with_gap)
    assert pixels[3, 3] == 0


def test_wrong_calls_are_refused(root, tmp_path):
    for flags, match in (
        (['--sets', 'mstrar'], "no pre-training set 'mstrar'"),
        (['--sets', 'hrsid'], 'no folder of HRSID'),
        (['--folder', f'sadd={tmp_path / "none"}'], 'is not a folder'),
        (['--folder', 'sadd'], 'give SET='),
        (['--keep-tests', 'sadd'], "'sadd' is none of the sets that are read"),
        (['--overlap', '1'], 'overlap=1'),
        (['--low', '99', '--high', '1'], 'percentiles 99 and 1'),
        (['--near', '2'], 'near=2'),
    ):
        with pytest.raises((ConfigError, DataError), match=match):
            build(root, tmp_path / 'out', *flags)
    with pytest.raises(ConfigError, match='its chips would become images'):
        build(root, root / 'MSTAR' / 'out')
    build(root, tmp_path / 'out', '--sets', 'mstar')
    with pytest.raises(ConfigError, match=r'manifest\.csv exists'):
        build(root, tmp_path / 'out')
    shutil.copytree(root / 'MSTAR', root / 'mstar_')
    with pytest.raises(DataError, match='has MSTAR twice'):
        build(root, tmp_path / 'again')
    with pytest.raises(DataError, match='a folder of none of the data sets'):
        build(tmp_path / 'out', tmp_path / 'other')
