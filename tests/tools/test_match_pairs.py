"""The tools that match pairs: by a network, and by cross-correlation."""

import csv
import json
from pathlib import Path

import cv2
import match_pairs
import numpy as np
import pytest
from analysis_tools import correlate_pairs
from bridge_standins import write_checkpoint, write_config
from PIL import Image
from scipy.ndimage import gaussian_filter, shift

from mmsar.apis import load_config
from mmsar.apis.matching.image_pairs import folder_pairs, pair_files
from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.pairs import scores as matching_scores
from mmsar.models.matching.ncc import feature, ncc
from mmsar.registry import DATASETS


def texture(seed: int, height: int = 64, width: int = 64) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).normal(size=(height, width)), 3)
    return np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Four pairs: noisy, and the optical image 3 columns to the right; config, checkpoint."""
    for view in ('sar', 'optical'):
        (tmp_path / view).mkdir()
    generator = np.random.default_rng(0)
    for number in range(4):
        image = texture(number)
        noisy = np.clip(image * generator.gamma(4, 1 / 4, image.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f'sar/{number}.png'), noisy)
        moved = shift(image, (0, 3), order=0, mode='nearest')
        cv2.imwrite(str(tmp_path / f'optical/{number}.png'), np.stack([moved] * 3, -1))
    write_config(tmp_path)
    write_checkpoint(tmp_path / 'net.pth')
    return tmp_path


def network(folder: Path) -> list[str]:
    return [str(folder / 'config.py'), str(folder / 'net.pth')]


def test_score_prints_and_writes(folder, capsys):
    for name in ('a.csv', 'a.JSON'):
        match_pairs.main(
            ['score', *network(folder), str(folder / 'sar'), str(folder / 'optical'), '--out',
             str(folder / name), '--threshold', '0.2', '--batch-size', '3']
        )  # fmt: skip
    content = json.loads((folder / 'a.JSON').read_text())
    assert content['threshold'] == 0.2
    with (folder / 'a.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert [Path(row['sar']).name for row in rows] == ['0.png', '1.png', '2.png', '3.png']
    for row, pair in zip(rows, content['pairs'], strict=True):
        assert Path(row['optical']).name == Path(row['sar']).name
        assert float(row['distance']) == pair['distance']
        assert bool(int(row['match'])) == pair['match'] == (pair['distance'] <= 0.2)
    matches = sum(pair['match'] for pair in content['pairs'])
    text = capsys.readouterr().out
    assert f'{matches} of 4 pairs match (distance up to 0.2)' in text
    # One pair of files, with the threshold of the config.
    match_pairs.main(
        ['score', *network(folder), str(folder / 'sar/0.png'), str(folder / 'optical/1.png')]
    )
    assert '0 of 1 pairs match (distance up to 0.01)' in capsys.readouterr().out


def test_locate_prints_writes_and_draws(folder, capsys):
    large = np.full((160, 136, 3), 128, np.uint8)
    large[60:72, 70:75] = 250
    large[75:80, 60:80] = 10
    cv2.imwrite(str(folder / 'large.png'), large)
    cv2.imwrite(str(folder / 'chip.png'), large[40:104, 32:96, 0])
    out, array, picture = (folder / name for name in ('o.json', 'o.NPY', 'o.png'))
    match_pairs.main(
        ['locate', *network(folder), str(folder / 'chip.png'), str(folder / 'large.png'), '--out',
         str(out), '--map', str(array), '--picture', str(picture), '--top', '2']
    )  # fmt: skip
    content = json.loads(out.read_text())
    best, second = content['places']
    assert (best['row'], best['column'], best['height'], best['width']) == (40, 32, 64, 64)
    assert best['match']
    assert second['distance'] > best['distance']
    assert content['stride'] == 8
    distances = np.load(array)
    assert distances.shape == (13, 10)
    assert distances.min() == pytest.approx(best['distance'])
    text = capsys.readouterr().out
    assert '130 windows of 64 x 64 pixels every 8; the best is a match' in text
    drawn = np.asarray(Image.open(picture).convert('RGB')).astype(int)
    assert drawn.shape == (500, 1500, 3)
    orange = (abs(drawn - [230, 159, 0]).sum(-1) < 60).sum()
    assert orange > 200  # outlines and cross


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['score', 'sar', 'optical', '--out', 'a.txt'], r'--out a\.txt: .* \.csv or \.json'),
        (['locate', 'sar/0.png', 'optical/0.png', '--map', 'a.png'], r'--map a\.png: .* \.npy'),
        (['locate', 'sar/0.png', 'optical/0.png', '--picture', 'a'], r'--picture a: .* \.png'),
        (['score', 'sar', 'optical/0.png'], r'0\.png is not a folder'),
        (['score', 'sar', 'optical', '--threshold', '38'], r'threshold=38\.0 is no distance'),
        # Known before the network is loaded
        (['score', 'sar', 'optical', '--out', 'net.pth/v.csv'], r'--out .* cannot be written \('),
        (['locate', 'sar/0.png', 'optical/0.png', '--map', 'net.npy'], r'net\.npy is a folder'),
    ],
)
def test_wrong_flags(folder, monkeypatch, flags, message):
    monkeypatch.chdir(folder)
    (folder / 'net.npy').mkdir()
    with pytest.raises((ConfigError, DataError), match=message):
        match_pairs.main([flags[0], 'config.py', 'net.pth', *flags[1:]])


def test_correlation_of_a_config(folder, capsys):
    out = folder / 'ncc.json'
    correlate_pairs.main(
        [str(folder / 'config.py'), '--shifts', '0', '4', '--sigma', '2', '--out', str(out)]
    )
    content = json.loads(out.read_text())
    assert content['pairs'] == 8
    found = {(row['feature'], row['shifts']): row for row in content['results']}
    # The same from the files.
    dataset = DATASETS.build(load_config(folder / 'config.py').test_dataloader.dataset)
    labels, expected = [], {key: [] for key in found}
    for number in range(8):
        info = dataset.get_data_info(number)
        sar = cv2.imread(info['sar_path'], cv2.IMREAD_UNCHANGED)
        optical = cv2.imread(info['optical_path'])[..., 0]
        labels.append(info['label'])
        for name, largest in found:
            scores = ncc(feature(sar, name, 2), feature(optical, name, 2), largest)
            expected[name, largest].append(1 - scores.max())
    assert labels == [1] * 4 + [0] * 4
    for key, distances in expected.items():
        curve = matching_scores.curve(distances, labels)
        assert found[key]['AUC'] == pytest.approx(curve.auc())
        assert found[key]['score'] == pytest.approx(1 - curve.best_threshold(), abs=1e-6)
    # The shift of three columns is within four.
    assert found['amplitude', 4]['accuracy'] == found['amplitude', 4]['AUC'] == 1
    assert content['best']['accuracy'] == 1
    text = capsys.readouterr().out
    assert 'best cross-correlation: accuracy 1.000' in text
    assert len([line for line in text.splitlines() if line.startswith(('ampl', 'grad'))]) == 4


def test_correlation_of_folders(folder, capsys):
    folders = [str(folder / 'sar'), str(folder / 'optical')]
    correlate_pairs.main([*folders, '--shifts', '4', '--every', '2'])
    assert 'up to 4 pixels, 4 pairs' in capsys.readouterr().out
    pairs = folder_pairs(folder / 'sar', folder / 'optical', seed=3)
    assert len(pairs) == 8
    assert [pairs[number].label for number in range(8)] == [1] * 4 + [0] * 4
    again = folder_pairs(folder / 'sar', folder / 'optical', seed=3)
    assert [pairs[n].name for n in range(8)] == [again[n].name for n in range(8)]
    for number in range(4):
        image = cv2.imread(str(folder / f'sar/{number}.png'), cv2.IMREAD_UNCHANGED)
        low, high = np.percentile(image, (1, 99))
        stretched = np.clip((image - low) / (high - low), 0, 1) * 255
        assert pairs[number].sar == pytest.approx(stretched, abs=1e-3)


def test_correlation_of_wrong_sources(folder):
    with pytest.raises(ConfigError, match='3 sources: give one config file, or two folders'):
        correlate_pairs.main(['a', 'b', 'c'])
    with pytest.raises(ConfigError, match='no val_dataloader'):
        correlate_pairs.main([str(folder / 'config.py'), '--part', 'val'])
    with pytest.raises(ConfigError, match='--sigma 0'):
        correlate_pairs.main([str(folder / 'config.py'), '--sigma', '0'])
    (folder / 'optical/2.png').unlink()
    with pytest.raises(DataError, match=r'1 of 4 images in .*sar have no partner .*: 2\.png'):
        correlate_pairs.main([str(folder / 'sar'), str(folder / 'optical')])
    cv2.imwrite(str(folder / 'optical/2.png'), texture(2)[:50])
    with pytest.raises(DataError, match=r'2\.png has 64 x 64 pixels here and .*2\.png has 64 x 50'):
        correlate_pairs.main([str(folder / 'sar'), str(folder / 'optical')])
    for number in (1, 2, 3):
        (folder / f'sar/{number}.png').unlink()
        (folder / f'optical/{number}.png').unlink()
    with pytest.raises(DataError, match='no negative'):
        correlate_pairs.main([str(folder / 'sar'), str(folder / 'optical')])
    (folder / 'sar/0.png').unlink()
    with pytest.raises(DataError, match='sar has no images'):
        pair_files(folder / 'sar', folder / 'optical')
