"""Data sets of simulated aircraft: what is written, and who reads it."""

import json

import numpy as np
import pytest
from analysis_tools import draw_aircraft
from dataset_converters import simulate_aircraft
from PIL import Image

from mmsar.datasets import SARChips
from mmsar.datasets.recognition.aircraft_building import (
    AircraftSet,
    build_aircraft_chips,
    table_1,
    write_chip,
)
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster
from mmsar.simulation.aircraft import (
    AIRFRAMES,
    C_BAND_3M,
    OTHER_AIRFRAMES,
    draw_scene,
    simulate_chip,
)

SMALL = ['--size', '24', '--spacing', '3', '--processes', '1']


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*.png'))}


@pytest.fixture(scope='module')
def aircraft(tmp_path_factory):
    out = tmp_path_factory.mktemp('aircraft') / 'set'
    simulate_aircraft.main([str(out), '--counts', '2', '--pairs', '1', *SMALL])
    return out


def test_counts_of_the_paper_and_a_fifth_of_them():
    assert [sum(counts.values()) for counts in table_1().values()] == [983, 350]
    assert table_1()['x1m']['C-17'] == 165
    assert table_1(5)['x1m'] == dict(zip(AIRFRAMES, (26, 29, 26, 27, 33, 29, 27), strict=True))
    assert set(table_1(5)['c3m'].values()) == {10}
    assert set(table_1(1000)['c3m'].values()) == {1}
    assert len(AircraftSet(table_1(), 10, 64, 1.2, 0).jobs()) == 983 + 350 + 2 * 70


def test_folders_of_classes_and_a_manifest(aircraft):
    manifest = json.loads((aircraft / 'chips.json').read_text())
    assert manifest['complete']
    assert manifest['domain'] == 'amplitude'
    assert manifest['pixel_spacing'] == 3
    assert manifest['sensors']['sar2']['looks'] == C_BAND_3M.looks
    assert [chip['path'] for chip in manifest['chips'][:3]] == [
        'sar1/B-52/0000.png', 'sar1/B-52/0001.png', 'sar1/Boeing-747/0000.png',
    ]  # fmt: skip
    assert set(files(aircraft)) == {chip['path'] for chip in manifest['chips']}
    assert len(manifest['chips']) == 2 * 14 + 2 * 7
    for chip in manifest['chips']:
        assert chip['path'].split('/')[-2] == chip['class']
        assert {'sar1': 'x1m', 'sar2': 'c3m'}[chip['path'].split('/')[-3]] == chip['sensor']
        assert 0 <= chip['heading'] <= 360
        with Image.open(aircraft / chip['path']) as image:
            assert image.size == (24, 24)


def test_values_are_calibrated_amplitude(aircraft):
    manifest = json.loads((aircraft / 'chips.json').read_text())
    chip = next(c for c in manifest['chips'] if c['path'] == 'sar2/C-17/0001.png')
    with Image.open(aircraft / chip['path']) as image:
        values = np.asarray(image)
    scene = draw_scene('C-17', np.random.default_rng([chip['seed'], 0]))
    stream = np.random.default_rng([chip['seed'], 2])
    amplitude = simulate_chip(scene, C_BAND_3M, stream, 24, 3.0)
    assert values.dtype == np.uint16
    np.testing.assert_array_equal(values, np.rint(amplitude * 1000))
    np.testing.assert_array_equal(read_raster(aircraft / chip['path'])[0][..., 0], values)


def test_pairs_are_one_individual_and_others_are_not(aircraft):
    chips = {c['path']: c for c in json.loads((aircraft / 'chips.json').read_text())['chips']}
    for name in AIRFRAMES:
        first, second = (chips[f'pairs/{sar}/{name}/0000.png'] for sar in ('sar1', 'sar2'))
        for key in ('class', 'heading', 'length', 'span', 'seed'):
            assert first[key] == second[key]
        alone = chips[f'sar1/{name}/0000.png'], chips[f'sar2/{name}/0000.png']
        assert len({chip['heading'] for chip in (first, *alone)}) == 3
    assert len({chip['seed'] for chip in chips.values()}) == 2 * 14 + 7


def test_chip_data_sets_read_it(aircraft):
    pipeline = [
        dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=1),
        dict(type='mmsar.StretchSAR', rule='db', low=32, high=72, out=(0, 1)),
    ]
    for folder in ('sar1', 'pairs/sar2'):
        chips = SARChips(str(aircraft / folder), labelled=True, pipeline=pipeline)
        assert chips.metainfo['classes'] == tuple(AIRFRAMES)
        assert len(chips) == (14 if folder == 'sar1' else 7)
        sample = chips[len(chips) - 1]
        assert sample['gt_label'] == 6
        assert 'F-16' in sample['img_path']
        assert sample['img'].shape == (24, 24, 1)
        # Noise is above black, and something is bright.
        assert 0.05 < np.median(sample['img']) < 0.6
        assert sample['img'].max() > np.median(sample['img']) + 0.2


def test_a_chip_depends_on_sensor_class_number_and_seed_alone(aircraft, tmp_path):
    options = ['--sensor', 'c3m', '--counts', '3', *SMALL[:-1], '2']
    simulate_aircraft.main([str(tmp_path / 'more'), *options])
    before, more = files(aircraft), files(tmp_path / 'more')
    common = set(before) & set(more)
    assert len(common) == 14
    assert all(before[path] == more[path] for path in common)
    assert all(path.startswith('sar2/') for path in more)
    simulate_aircraft.main([str(tmp_path / 'other'), '--seed', '1', *options])
    other = files(tmp_path / 'other')
    assert all(other[path] != more[path] for path in more)


def test_other_types(tmp_path):
    options = ['--types', 'other', '--sensor', 'x1m', '--counts', '1', *SMALL]
    simulate_aircraft.main([str(tmp_path / 'other'), *options])
    assert {path.split('/')[1] for path in files(tmp_path / 'other')} == set(OTHER_AIRFRAMES)
    for flags in ([], ['--counts', '1', '--pairs', '1']):
        with pytest.raises(ConfigError, match='--types other: give --counts N, and no --pairs'):
            simulate_aircraft.main([str(tmp_path / 'no'), '--types', 'other', *flags])


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    what = AircraftSet({'c3m': dict.fromkeys(AIRFRAMES, 1)}, 0, 16, 3.0, 0)
    build_aircraft_chips(tmp_path / 'whole', what)
    calls = []

    def stop(*args):
        calls.append(args)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return write_chip(*args)

    building = 'mmsar.datasets.recognition.aircraft_building.write_chip'
    monkeypatch.setattr(building, stop)
    with pytest.raises(KeyboardInterrupt):
        build_aircraft_chips(tmp_path / 'part', what)
    monkeypatch.undo()
    assert not json.loads((tmp_path / 'part/chips.json').read_text())['complete']
    kept = files(tmp_path / 'part')
    assert len(kept) == 3
    times = {path: (tmp_path / 'part' / path).stat().st_mtime_ns for path in kept}
    assert build_aircraft_chips(tmp_path / 'part', what) == 7
    assert files(tmp_path / 'part') == files(tmp_path / 'whole')
    assert all((tmp_path / 'part' / p).stat().st_mtime_ns == t for p, t in times.items())
    whole = (tmp_path / 'whole/chips.json').read_text()
    assert (tmp_path / 'part/chips.json').read_text() == whole


def test_folders_of_others_are_refused(aircraft, tmp_path):
    with pytest.raises(ConfigError, match=r'other settings \(seed\); name another folder'):
        simulate_aircraft.main(
            [str(aircraft), '--counts', '2', '--pairs', '1', *SMALL, '--seed', '1']
        )
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/letter.txt').write_text('dear')
    with pytest.raises(ConfigError, match=r'is not empty and has no chips\.json'):
        simulate_aircraft.main([str(tmp_path / 'mine'), '--counts', '1', *SMALL])
    assert [p.name for p in (tmp_path / 'mine').iterdir()] == ['letter.txt']
    with pytest.raises(ConfigError, match='is a file'):
        simulate_aircraft.main([str(tmp_path / 'mine/letter.txt'), '--counts', '1', *SMALL])
    (tmp_path / 'mine/chips.json').write_text('[]')
    with pytest.raises(DataError, match='is not what this command writes'):
        simulate_aircraft.main([str(tmp_path / 'mine'), '--counts', '1', *SMALL])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['--size', '8'], '--size 8: at least 16 pixels'),
        (['--counts', 'many'], '--counts many: give table1 or a whole number'),
        (['--counts', '3', '--divide', '2'], '--divide is of the counts of the paper'),
        (['--counts', '0'], 'no chips are wanted'),
    ],
)
def test_bad_options(options, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        simulate_aircraft.main([str(tmp_path / 'set'), *options])
    assert not (tmp_path / 'set').exists()


def test_the_picture(tmp_path):
    out = tmp_path / 'aircraft.png'
    draw_aircraft.main(['--out', str(out), '--headings', '30'])
    with Image.open(out) as picture:
        assert np.asarray(picture.convert('L')).std() > 10
    with pytest.raises(ConfigError, match=r'must end in \.png'):
        draw_aircraft.main(['--out', str(tmp_path / 'aircraft.jpg')])
