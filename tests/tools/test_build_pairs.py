"""From scenes with matched points to a set of pairs that data sets read."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from dataset_converters.build_optical_sar_pairs import main
from PIL import Image
from scipy.ndimage import affine_transform

from mmsar.datasets import OpticalSARPairs
from mmsar.datasets.pairs.building import build, registration
from mmsar.errors import ConfigError, DataError
from mmsar.io import write_raster
from mmsar.simulation import Sensor, optical_view, radar_view, simulate_port

SIDE = 340
# SAR (column, row) to optical: turned by 4 degrees, 1.1 times as fine, moved.
ANGLE = np.radians(4)
AFFINE = np.array(
    [
        [1.1 * np.cos(ANGLE), -1.1 * np.sin(ANGLE), 40.0],
        [1.1 * np.sin(ANGLE), 1.1 * np.cos(ANGLE), 15.5],
    ]
)


def views(kind, seed, side=SIDE):
    """Return radar amplitude and optical view of one scene."""
    scene = simulate_port(side, np.random.default_rng(seed), kind)
    amplitude = np.sqrt(radar_view(scene, Sensor(), np.random.default_rng(seed)))
    return amplitude, optical_view(scene, np.random.default_rng(seed))


def warped(optical):
    """Return the optical image on a grid of its own, which AFFINE leads to, larger than needed."""
    back = np.linalg.inv(AFFINE[:, :2])[::-1, ::-1]  # rows before columns
    offset = -back @ AFFINE[::-1, 2]
    side = round(SIDE * 1.35)
    return np.stack(
        [
            affine_transform(optical[..., band], back, offset, (side, side), order=1, mode='mirror')
            for band in range(3)
        ],
        axis=-1,
    )


def draw_points(noise=0.3, count=16):
    generator = np.random.default_rng(0)
    sar = generator.uniform(0, SIDE, (count, 2))
    optical = sar @ AFFINE[:, :2].T + AFFINE[:, 2] + generator.normal(0, noise, (count, 2))
    return np.hstack([sar, optical])


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """A folder with two simulated scenes, 16-bit SAR, and their lists."""
    folder = tmp_path_factory.mktemp('scenes')
    entries = []
    for seed, name in enumerate(('north', 'south')):
        amplitude, optical = views('port', seed)
        write_raster(
            folder / f'{name}_sar.png', np.minimum(amplitude * 3000, 65535), dtype='uint16'
        )
        write_raster(folder / f'{name}_optical.png', warped(optical))
        write_raster(folder / f'{name}_truth.png', optical)
        entries.append(
            {
                'scene': name,
                'sar': f'{name}_sar.png',
                'optical': f'{name}_optical.png',
                'points': draw_points().tolist(),
            }
        )
    (folder / 'scenes.json').write_text(json.dumps(entries))
    (folder / 'north.json').write_text(json.dumps(entries[:1]))
    return folder


def run(source, out, *flags, scenes='scenes.json'):
    size = ('--size', '128', '--processes', '1')
    main([str(source / scenes), str(out), *size, *map(str, flags)])
    return rows(out / 'pairs.csv')


def rows(path):
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


def test_registered_patches_are_those_of_the_true_scene(source, tmp_path, capsys):
    listed = run(source, tmp_path, '--stretch', 'keep')
    # 340 pixels take patches of 128 at 0, 102 and 204.
    starts = [0, 102, 204]
    assert [(r['group'], int(r['row']), int(r['column'])) for r in listed] == [
        (scene, row, column) for scene in ('north', 'south') for row in starts for column in starts
    ]
    kept = [r for r in listed if r['kept'] == '1']
    assert len(kept) >= 14
    shifts = []
    for row in kept:
        sar, optical = (np.asarray(Image.open(tmp_path / row[key])) for key in ('sar', 'optical'))
        assert sar.shape == (128, 128)
        assert optical.shape == (128, 128, 3)
        top, left = int(row['row']), int(row['column'])
        window = (slice(top, top + 128), slice(left, left + 128))
        whole = cv2.imread(str(source / f'{row["group"]}_sar.png'), cv2.IMREAD_UNCHANGED)
        assert sar.dtype == np.uint16
        assert (sar == whole[window]).all()  # untouched: it is the fixed image
        truth = np.asarray(Image.open(source / f'{row["group"]}_truth.png'))[window]
        grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(float) for image in (truth, optical)]
        shift, _ = cv2.phaseCorrelate(*grey, cv2.createHanningWindow((128, 128), cv2.CV_64F))
        shifts.append(np.hypot(*shift))
        assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.95
    assert max(shifts) < 0.5
    report = rows(tmp_path / 'registration.csv')
    assert [r['scene'] for r in report] == ['north', 'south']
    assert all(0.1 < float(r['rms']) < float(r['error']) < 0.6 for r in report)
    assert float(report[0]['scale']) == pytest.approx(1.1, abs=5e-3)
    printed = capsys.readouterr().out
    assert 'north: 16 of 16 points, RMS 0.' in printed
    assert f'{len(kept)} of 18 patch pairs kept (train {len(kept)})' in printed


def test_the_set_is_read_and_split_by_scene(source, tmp_path):
    run(source, tmp_path, '--split', '0.5', '--overlap', '0')
    parts = {}
    for part in ('train', 'val'):
        dataset = OpticalSARPairs(str(tmp_path), 'pairs.csv', part=part, test_mode=True)
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        (parts[part],) = {info['sar_group'] for info in infos}
        for info in infos[dataset.num_pairs :]:
            places = [info[f'{key}_path'].rsplit('_', 2)[1:] for key in ('sar', 'optical')]
            rows_, columns = (
                [int(v.split('.')[0]) for v in both] for both in zip(*places, strict=True)
            )
            assert max(abs(rows_[0] - rows_[1]), abs(columns[0] - columns[1])) >= 128
        image = Image.open(infos[0]['sar_path'])
        assert (image.mode, image.size) == ('L', (128, 128))
        # Percentiles 1 and 99 of the scene are the ends of 8 bits.
        assert 20 < np.asarray(image).mean() < 200
    assert set(parts.values()) == {'north', 'south'}


def test_blocks_of_a_scene_share_no_ground(source, tmp_path):
    flags = ('--size', '96', '--split', '0.5', '--split-by', 'blocks', '--block', '2')
    listed = run(source, tmp_path, *flags, scenes='north.json')
    seen = {part: np.zeros((SIDE, SIDE), bool) for part in ('train', 'val')}
    for row in listed:
        if row['kept'] == '1':
            top, left, size = (int(row[key]) for key in ('row', 'column', 'size'))
            seen[row['part']][top : top + size, left : left + size] = True
    assert seen['train'].any()
    assert seen['val'].any()
    assert not (seen['train'] & seen['val']).any()
    assert {row['reason'] for row in listed} >= {'gap', ''}
    with pytest.raises(ConfigError, match=r'split=0\.8 of 1 scenes leaves a part empty'):
        run(source, tmp_path / 'other', '--split', '0.8', scenes='north.json')
    assert not (tmp_path / 'other' / 'pairs.csv').exists()


def test_one_or_two_processes_write_the_same(source, tmp_path):
    for count in ('1', '2'):
        run(source, tmp_path / count, '--processes', count, '--split', '0.5')
    assert snapshot(tmp_path / '1') == snapshot(tmp_path / '2')


# ------------------------------------------------------------------ filters


@pytest.fixture(scope='module')
def planted(tmp_path_factory):
    """A scene of 3 x 3 patches of 128 pixels, registered already, with faults in some of them."""
    folder = tmp_path_factory.mktemp('planted')
    generator = np.random.default_rng(0)
    sar = np.zeros((384, 384), np.float32)
    optical = np.zeros((384, 384, 3), np.uint8)
    for number in range(9):
        amplitude, colour = views('coast', 10 + number, 200)
        row, column = divmod(number, 3)
        place = (slice(128 * row, 128 * row + 128), slice(128 * column, 128 * column + 128))
        cut = max(  # where land and water meet
            ((slice(y, y + 128), slice(x, x + 128)) for y in (0, 36, 72) for x in (0, 36, 72)),
            key=lambda window: colour[window][..., 0].std(),
        )
        sar[place], optical[place] = amplitude[cut], colour[cut]
    # (0, 1) shows what (0, 0) does, under other light.
    light = optical[:128, :128] * 0.85 + 15 + generator.normal(0, 3, (128, 128, 3))
    optical[:128, 128:256] = np.clip(light, 0, 255)
    # (0, 2) is calm water.
    optical[:128, 256:] = np.clip(generator.normal([20, 45, 60], 2.5, (128, 128, 3)), 0, 255)
    sar[:128, 256:] = 0.08 * np.sqrt(generator.gamma(9, 1 / 9, (128, 128)))
    # (1, 0) has no radar data in a corner, (1, 1) no optical data.
    corner = np.add.outer(np.arange(128), np.arange(128)) < 40
    sar[128:256, :128][corner] = 0
    optical[128:256, 128:256][corner] = 0
    # (1, 2) is of two optical images.
    sheet = optical[128:256, 256:].astype(int)
    sheet[70:] += 70
    optical[128:256, 256:] = np.clip(sheet, 0, 255)
    write_raster(folder / 'sar.png', np.minimum(sar * 3000, 65535), dtype='uint16')
    write_raster(folder / 'optical.png', optical)
    points = generator.uniform(0, 384, (6, 2))
    (folder / 'p.csv').write_text(
        'sar_column,sar_row,optical_column,optical_row\n'
        + '\n'.join(f'{x},{y},{x},{y}' for x, y in points)
    )
    (folder / 'scenes.csv').write_text('scene,sar,optical,points\na,sar.png,optical.png,p.csv\n')
    return folder


def build_planted(planted, out, *flags):
    return run(planted, out, '--overlap', '0', *flags, scenes='scenes.csv')


def test_planted_faults_are_caught_and_nothing_else(planted, tmp_path):
    listed = build_planted(planted, tmp_path)
    places = {(int(r['row']) // 128, int(r['column']) // 128): r for r in listed}
    faults = {place: row['reason'] for place, row in places.items() if row['reason']}
    assert faults == {
        (0, 1): 'similar',
        (0, 2): 'entropy',
        (1, 0): 'missing',
        (1, 1): 'missing',
        (1, 2): 'seam',
    }
    assert places[0, 1]['similar_to'] == 'a_0_0.png'
    assert float(places[0, 1]['similarity']) > 0.9
    assert float(places[0, 2]['structure']) < 0.08  # this limit would have caught it too
    assert float(places[1, 0]['missing']) == pytest.approx(820 / 16384, rel=1e-3)
    assert all((row['part'] == 'train') == (row['kept'] == '1') for row in listed)
    for folder in ('sar', 'optical'):
        names = {path.name for path in (tmp_path / folder).iterdir()}
        assert names == {f'a_{128 * r}_{128 * c}.png' for r, c in places.keys() - faults.keys()}
    assert OpticalSARPairs(str(tmp_path), 'pairs.csv').num_pairs == 4


@pytest.mark.parametrize(
    ('flag', 'place'),
    [
        (('--max-similarity', '1'), (0, 1)),
        (('--min-entropy', '0', '--min-structure', '0'), (0, 2)),
        (('--max-missing', '0.06'), (1, 0)),
        (('--max-seam', '99'), (1, 2)),
    ],
)
def test_each_limit_has_its_flag(planted, tmp_path, flag, place):
    listed = build_planted(planted, tmp_path, *flag)
    (row,) = (r for r in listed if (int(r['row']) // 128, int(r['column']) // 128) == place)
    assert row['kept'] == '1'


def decide(path, decisions):
    """Write decisions into a review list, as a person would; return its rows."""
    listed = rows(path)
    for row in listed:
        row['decision'] = decisions.get((int(row['row']), int(row['column'])), '')
    with path.open('w', newline='') as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return listed


def test_decisions_are_followed_and_kept(planted, tmp_path, capsys):
    build_planted(planted, tmp_path)
    review = rows(tmp_path / 'review.csv')
    seam = next(row for row in review if row['reason'] == 'seam')
    assert (seam['row'], seam['column'], seam['kept'], seam['decision']) == ('128', '256', '0', '')
    sheet = np.asarray(Image.open(tmp_path / 'review_1.png'))
    assert sheet.shape[1] == 4 * 328
    assert sheet.any()
    assert 'without a decision' in capsys.readouterr().out
    # A patch that was not doubtful is added by hand.
    with (tmp_path / 'review.csv').open('a') as file:
        file.write('99,a,256,0,128,1,,drop\n')
    decide(tmp_path / 'review.csv', {(128, 256): 'keep', (256, 0): 'DROP'})
    for _ in range(2):  # and again: nothing is lost
        listed = build_planted(planted, tmp_path)
        reasons = {(int(r['row']), int(r['column'])): r['reason'] for r in listed}
        assert reasons[128, 256] == ''
        assert reasons[256, 0] == 'review'
        assert (tmp_path / 'sar' / 'a_128_256.png').exists()
        assert not (tmp_path / 'sar' / 'a_256_0.png').exists()
        decisions = {r['column']: r['decision'] for r in rows(tmp_path / 'review.csv')}
        assert decisions['256'] == 'keep'
        assert decisions['0'] == 'drop'


def test_decisions_about_other_patches_are_refused(planted, tmp_path):
    build_planted(planted, tmp_path)
    decide(tmp_path / 'review.csv', {(128, 256): 'keep'})
    before = snapshot(tmp_path)
    with pytest.raises(DataError, match=r"1 patches that are not cut now, such as \('a', 128, 256"):
        run(planted, tmp_path, '--overlap', '0.3', scenes='scenes.csv')
    decide(tmp_path / 'review.csv', {(128, 256): 'maybe'})
    with pytest.raises(DataError, match=r"review\.csv, line \d+: decision 'maybe'; write keep"):
        build_planted(planted, tmp_path)
    (tmp_path / 'review.csv').write_text('a,b\n1,2\n')
    with pytest.raises(DataError, match=r'review\.csv is not a list that this tool wrote'):
        build_planted(planted, tmp_path)
    after = snapshot(tmp_path)
    for name in before.keys() - {(tmp_path / 'review.csv').relative_to(tmp_path)}:
        assert after[name] == before[name]


# ------------------------------------------------------------------ what goes wrong


def test_an_interrupted_run_leaves_no_list(planted, tmp_path, monkeypatch):
    build_planted(planted, tmp_path)
    write = build.write_raster

    def stop(path, *args):
        if path.name == 'a_256_128.png':
            raise KeyboardInterrupt
        write(path, *args)

    monkeypatch.setattr(build, 'write_raster', stop)
    with pytest.raises(KeyboardInterrupt):
        build_planted(planted, tmp_path)
    assert not (tmp_path / 'pairs.csv').exists()
    monkeypatch.undo()
    (tmp_path / 'sar' / '.a_256_128.x1.png').touch()  # half a file, as a kill leaves it
    (tmp_path / 'sar' / 'mine.png').touch()
    # The next run knows what the stopped one and those before it wrote.
    listed = build_planted(planted, tmp_path, '--size', '150')
    kept = {Path(row['sar']).name for row in listed if row['kept'] == '1'}
    assert kept
    assert 'a_256_0.png' not in kept
    assert {path.name for path in (tmp_path / 'optical').iterdir()} == kept
    assert {path.name for path in (tmp_path / 'sar').iterdir()} == kept | {'mine.png'}
    assert not (tmp_path / '.unfinished').exists()
    assert sum(row['kept'] == '1' for row in build_planted(planted, tmp_path)) == 4


def test_another_set_is_not_overwritten(planted, tmp_path):
    (tmp_path / 'pairs.csv').write_text('sar,optical\n')
    with pytest.raises(DataError, match=r'pairs\.csv was not written by this tool'):
        build_planted(planted, tmp_path)
    assert (tmp_path / 'pairs.csv').read_text() == 'sar,optical\n'


def test_points_that_do_not_agree_stop_the_build(source, tmp_path, capsys):
    entries = json.loads((source / 'north.json').read_text())
    entries[0]['points'][4][2] += 90
    (source / 'wrong.json').write_text(json.dumps(entries))
    with pytest.raises(DataError, match=r'worse than --max-error 2: north \(.* px; worst: point 5'):
        run(source, tmp_path, scenes='wrong.json')
    assert 'worst' in capsys.readouterr().out
    assert not (tmp_path / 'pairs.csv').exists()
    run(source, tmp_path, '--ransac', '2', scenes='wrong.json')
    (report,) = rows(tmp_path / 'registration.csv')
    assert (report['points'], report['used']) == ('16', '15')


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (
            ('--size', '400'),
            r'north_sar\.png has 340 rows and 340 columns, less than a patch of 400',
        ),
        (('--stretch', 'db'), "stretch='db' needs low and high"),
        (('--stretch', 'db', '--low', '40', '--high', '80'), 'set domain'),
        (('--low', '3'), 'percentile 3: choose from 0, 0.1'),
        (('--sar-band', '1'), r'sar_band: .*north_sar\.png has no band 1; it has 1'),
        (('--optical-bands', '0', '1'), 'give one or three'),
        (('--optical-bands', '3'), 'has no band 3; it has 3'),
        (('--min-entropy', '7.9'), r'none of 9 patches is left \(entropy: 9\)'),
    ],
)
def test_what_does_not_fit_is_named(source, tmp_path, flags, message):
    with pytest.raises((ConfigError, DataError), match=message):
        run(source, tmp_path, *flags, scenes='north.json')
    assert not (tmp_path / 'pairs.csv').exists()


def test_a_scene_without_a_patch_left_is_named_where_a_split_fails(planted, tmp_path):
    line = 'sar.png,optical.png,p.csv'
    (planted / 'twins.csv').write_text(f'scene,sar,optical,points\na,{line}\nb,{line}\n')
    message = r'or --split-by blocks .*All patches of scene b were left out \(entropy 1, .*similar'
    with pytest.raises(ConfigError, match=message):
        run(planted, tmp_path, '--overlap', '0', '--split', '0.5', scenes='twins.csv')


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (('--max-error', 'nan'), 'nan is not a finite number above zero'),
        (('--ransac', '-2'), '-2 is not a finite'),
        (('--ransac', '0'), '0 is not a finite'),
        (('--max-error', 'inf'), 'inf is not a finite'),
    ],
)
def test_limits_of_the_registration_are_numbers_above_zero(tmp_path, capsys, flags, message):
    with pytest.raises(SystemExit):
        main([str(tmp_path), str(tmp_path / 'out'), *flags])
    assert message in capsys.readouterr().err


def test_an_error_that_is_not_a_number_is_refused(source, tmp_path, monkeypatch):
    register = registration.register
    monkeypatch.setattr(
        registration, 'register', lambda *args: replace(register(*args), error=float('nan'))
    )
    with pytest.raises(DataError, match=r'worse than --max-error 2: north \(nan px'):
        run(source, tmp_path, scenes='north.json')


def test_a_list_of_scenes_that_is_no_file_is_named(tmp_path):
    for name, wrong in (('.', 'is a folder'), ('gone.json', 'does not exist')):
        with pytest.raises(DataError, match=f'{wrong}; name a csv or JSON file'):
            main([str(tmp_path / name), str(tmp_path / 'out')])


def test_stretches_in_decibels_and_16_bit_optical_images(source, tmp_path):
    sar = cv2.imread(str(source / 'north_sar.png'), cv2.IMREAD_UNCHANGED)
    optical = np.asarray(Image.open(source / 'north_optical.png'))
    write_raster(source / 'north_11bit.png', optical.astype(np.uint16) * 8)
    entry = json.loads((source / 'north.json').read_text())[0]
    (source / 'deep.json').write_text(json.dumps([{**entry, 'optical': 'north_11bit.png'}]))
    flags = ('--stretch', 'db', '--low', '44.5', '--high', '79.5', '--domain', 'amplitude')
    listed = run(source, tmp_path, *flags, scenes='deep.json')
    row = next(row for row in listed if row['kept'] == '1')
    top, left = int(row['row']), int(row['column'])
    values = sar[top : top + 128, left : left + 128].astype(float)
    db = (20 * np.log10(np.maximum(values, 1)) - 44.5) / 35 * 255
    written = np.asarray(Image.open(tmp_path / row['sar']))
    assert np.abs(written - np.clip(db, 0, 255)).max() <= 0.51
    colour = np.asarray(Image.open(tmp_path / row['optical']))
    assert colour.dtype == np.uint8
    assert 30 < colour.mean() < 225
    assert colour.std() > 20


def test_complex_radar_data_are_their_magnitude(planted, tmp_path):
    amplitude = cv2.imread(str(planted / 'sar.png'), cv2.IMREAD_UNCHANGED).astype(np.float32)
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, amplitude.shape)
    np.save(planted / 'slc.npy', (amplitude * np.exp(1j * phase)).astype(np.complex64))
    (planted / 'slc.csv').write_text('scene,sar,optical,points\na,slc.npy,optical.png,p.csv\n')
    for name in ('scenes.csv', 'slc.csv'):
        run(planted, tmp_path / name, '--overlap', '0', scenes=name)
    for path in (tmp_path / 'scenes.csv' / 'sar').iterdir():
        other = np.asarray(Image.open(tmp_path / 'slc.csv' / 'sar' / path.name)).astype(int)
        assert np.abs(np.asarray(Image.open(path)) - other).max() <= 1
    with pytest.raises(DataError, match=r'slc\.npy holds complex64 values, which PNG cannot keep'):
        run(planted, tmp_path / 'other', '--stretch', 'keep', scenes='slc.csv')
