"""tools/detect.py: archives, kills, scenes that cannot be read, two processes."""

import json
import os
import time
from pathlib import Path

import detect
import numpy as np
import pytest
import toy_migration
import toy_scenes as toy

from mmsar.apis.scenes import detector as scene_detector
from mmsar.apis.scenes.shares import share_scenes
from mmsar.engine.image_jobs.manifest import read_manifest
from mmsar.errors import ConfigError, DataError

pytestmark = [
    pytest.mark.filterwarnings('ignore:This process .* is multi-threaded'),
]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    """Scenes of 30 tiles have several parts, too."""
    monkeypatch.setattr(scene_detector, '_PART', 8)


@pytest.fixture
def archive(tmp_path):
    """Two scenes with a place in folders, one without; returns the arguments."""
    truths = {
        name: toy.write_scene(tmp_path / 'in' / name, seed=seed)
        for seed, name in enumerate(('a/one.tif', 'a/two.tif', 'b.png'))
    }
    config = toy.write_config(tmp_path, log=str(tmp_path / 'log.txt'))
    return [str(tmp_path / 'in'), '--config', str(config), '--checkpoint', 'none'], truths


def results(folder: Path) -> dict[str, bytes]:
    """Return all results but the manifest."""
    found = {}
    for path in sorted(folder.rglob('*')):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(('manifest', '.lock')):
            found[name] = path.read_bytes()
    return found


def boxes(path: Path) -> set[tuple[int, ...]]:
    features = json.loads(path.read_text())['features']
    return {tuple(map(int, f['properties']['pixel_box'])) for f in features}


def test_an_archive(archive, tmp_path, capsys):
    arguments, truths = archive
    out = tmp_path / 'out'
    detect.main([*arguments, '--out', str(out), '--format', 'geojson', 'csv', 'coco'])
    assert f'{sum(map(len, truths.values()))} detections in 3 scenes' in capsys.readouterr().out
    for name, truth in truths.items():
        assert boxes((out / name).with_suffix('.geojson')) == {tuple(t) for t in truth}
        assert (out / name).with_suffix('.csv').is_file()
        assert (out / name).with_suffix('.png').is_file()
    assert not (out / '.parts').exists()
    # Nothing is left to do; a result that is gone is made again.
    (tmp_path / 'log.txt').unlink()
    again = [*arguments, '--out', str(out), '--format', 'geojson', 'csv', 'coco']
    before = results(out)
    detect.main(again)
    assert not (tmp_path / 'log.txt').exists()
    (out / 'b.csv').unlink()
    detect.main(again)
    assert results(out) == before
    with pytest.raises(DataError, match=r'score_thr was 0\.3 and is 0\.5'):
        detect.main([*again, '--score-thr', '0.5'])


def test_scenes_that_cannot_be_read_are_listed(archive, tmp_path):
    arguments, _ = archive
    whole = (tmp_path / 'in' / 'a' / 'two.tif').read_bytes()
    bad = {'empty.tif': b'', 'cut.tif': whole[: len(whole) // 2], 'text.tif': b'no image at all'}
    for name, content in bad.items():
        (tmp_path / 'in' / name).write_bytes(content)
    out = tmp_path / 'out'
    with pytest.raises(DataError, match=r'(?s)3 of 6 scenes failed; .* cut: .* text: .*formats'):
        detect.main([*arguments, '--out', str(out)])
    entries = read_manifest(out, 'scene')
    assert {k for k, v in entries.items() if v['status'] == 'failed'} == {'cut', 'empty', 'text'}
    assert {name for name in results(out) if name.endswith('.geojson')} == {
        'a/one.geojson', 'a/two.geojson', 'b.geojson',
    }  # fmt: skip
    (tmp_path / 'in' / 'cut.tif').write_bytes(whole)
    for name in ('empty.tif', 'text.tif'):
        (tmp_path / 'in' / name).unlink()
    (tmp_path / 'log.txt').unlink()
    detect.main([*arguments, '--out', str(out)])
    assert boxes(out / 'cut.geojson') == boxes(out / 'a' / 'two.geojson')
    assert sum(map(int, (tmp_path / 'log.txt').read_text().split())) == 30


def test_killed_again_and_again_then_two_processes(archive, tmp_path, monkeypatch):
    arguments, _ = archive
    detect.main([*arguments, '--out', str(tmp_path / 'whole')])
    expected = results(tmp_path / 'whole')
    log, out = tmp_path / 'log.txt', tmp_path / 'out'
    monkeypatch.setattr(toy, 'PAUSE', 0.03)
    batches = 0
    for number in range(3):
        log.unlink(missing_ok=True)
        child = toy_migration.fork(lambda: detect.main([*arguments, '--out', str(out)]))
        while not log.exists() or len(log.read_text().split()) < 5:
            time.sleep(0.002)
        time.sleep(0.017 * number)
        toy_migration.kill(child)
        batches += len(log.read_text().split())
    log.unlink()
    pair = [*arguments, '--out', str(out), '--launcher', 'pytorch']
    assert toy_migration.fork_two(lambda rank: detect.main(pair)) == [0, 0]
    assert results(out) == expected
    # What was done in parts was not done again: 90 tiles make 24 batches.
    assert 24 <= batches + len(log.read_text().split()) <= 24 + 3 * 3
    # Two processes from the beginning, and their manifest
    two = [*pair[:-4], '--out', str(tmp_path / 'two'), *pair[-2:]]
    monkeypatch.setattr(toy, 'PAUSE', 0.0)
    assert toy_migration.fork_two(lambda rank: detect.main(two)) == [0, 0]
    assert results(tmp_path / 'two') == expected
    manifests = [(tmp_path / n / 'manifest.jsonl').read_text() for n in ('whole', 'two')]
    assert manifests[0] == manifests[1]


def test_shares_are_even():
    shares = share_scenes({0: [128] * 20, 1: [128], 2: [60], 3: [128, 30]}, 2)
    tiles = [sum(unit.tiles for unit in share) for share in shares]
    assert abs(tiles[0] - tiles[1]) <= 384
    found = sorted((u.scene, part) for share in shares for u in share for part in u.parts)
    assert found == [*((0, n) for n in range(20)), (1, 0), (2, 0), (3, 0), (3, 1)]
    assert all(unit.whole for unit in share_scenes({0: [128] * 9}, 1)[0])


def test_bad_arguments(archive, tmp_path):
    arguments, _ = archive
    good = [*arguments, '--out', str(tmp_path / 'out')]
    np.save(tmp_path / 'in' / 'b.npy', np.ones((4, 4)))
    for extra, match in (
        ([], r'b\.npy and .*b\.png would both be called b'),
        (['--overlap', '64'], r'tile=64, overlap=64'),
        (['--score-thr', '2'], 'score_thr=2'),
        (['--device', 'cuda:99'], 'cannot be used'),
        (['--tta'], 'no tta_model and tta_pipeline'),
        (['--launcher', 'pytorch'], 'torchrun'),
        (['--device', 'cpu', '--launcher', 'pytorch'], '--device is for one process'),
        (['--checkpoint', str(tmp_path / 'none.pth')], 'does not exist'),
    ):
        with pytest.raises(ConfigError, match=match):
            detect.main([*good, *extra])
    os.remove(tmp_path / 'in' / 'b.npy')
    for source, match in ((tmp_path / 'nowhere', 'does not exist'), (tmp_path, 'among the scenes')):
        with pytest.raises(ConfigError, match=match):
            detect.main([str(source), *good[1:]])
