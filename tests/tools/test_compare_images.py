"""The comparison of folders of images, as a user runs it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from analysis_tools import compare_images
from PIL import Image
from toy_recognition import write_config

from mmsar.errors import ConfigError, DataError
from mmsar.io import write_raster


def write(folder, count, looks, seed, gain=40.0, dtype='uint8', size=32):
    rng = np.random.default_rng(seed)
    amplitude = gain * np.sqrt(rng.gamma(looks, 1 / looks, (count, size, size)))
    for number, image in enumerate(amplitude):
        top = np.iinfo(dtype).max if np.dtype(dtype).kind == 'u' else np.inf
        suffix = 'npy' if dtype == 'float32' else 'png'
        write_raster(folder / f'{number:02d}.{suffix}', np.minimum(image, top), dtype=dtype)
    return str(folder)


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp('sets')
    return {
        'real': write(root / 'real', 12, 1, 0),
        'migrated': write(root / 'migrated', 12, 2, 1),
        'source': write(root / 'source', 9, 4, 2, gain=60),
        'sixteen': write(root / 'sixteen', 8, 1, 3, 3000, 'uint16'),
        'float': write(root / 'float', 8, 1, 4, dtype='float32'),
        'large': write(root / 'large', 4, 1, 5, size=40),
    }


FLAGS = ['--patch', '8', '--splits', '3']


def test_comparison(folders, tmp_path, capsys):
    names = 'real', 'migrated', 'source'
    real, migrated, source = (folders[name] for name in names)
    out = tmp_path / 'out'
    compare_images.main(
        [
            real,
            migrated,
            '--source',
            source,
            '--baseline',
            f'twin={real}',
            '--out',
            str(out),
            *FLAGS,
        ]
    )
    printed = capsys.readouterr().out
    assert '12 real images' in printed
    assert 'KID, precision, recall, density and coverage are left out' in printed
    row = next(line.split('|')[2:] for line in printed.splitlines() if '| ENL_ratio' in line)
    assert [float(cell) for cell in row[:-1]] == pytest.approx([1, 1, 2, 4, 1], rel=0.15)
    content = json.loads((out / 'figures.json').read_text())
    assert content['real']['images'] == 12
    assert content['sets']['source']['images'] == 9
    assert content['sets']['twin']['figures']['amplitude_KS'] == 0
    assert content['sets']['generated']['moved']['ENL_ratio'] == pytest.approx(0.5, abs=0.12)
    assert content['sets']['twin']['moved']['spectrum_dB'] in (None, 1)
    assert 'moved' not in content['sets']['source']
    assert content['settings']['saturation'] == 255
    with Image.open(out / 'comparison.png') as picture:
        colours = {colour for _, colour in picture.convert('RGB').getcolors(2**24)}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= colours


def test_units(folders, capsys):
    real = folders['real']

    def difference(other, *flags):
        compare_images.main([real, folders[other], *flags, '--patch', '8', '--splits', '0'])
        lines = capsys.readouterr().out.splitlines()
        return float(next(line for line in lines if 'Wasserstein' in line).split('|')[3])

    for other in ('sixteen', 'float'):
        with pytest.raises(DataError, match=r'their units may differ\. Say --unit full-scale'):
            difference(other)
    assert difference('float', '--unit', 'same') < 0.1
    assert difference('sixteen', '--unit', 'mean') < 0.1
    scaled = difference('sixteen', '--unit', 'full-scale')
    expected = (40 / 255 - 3000 / 65535) * np.sqrt(np.pi) / 2 / (40 / 255 * np.sqrt(1 - np.pi / 4))
    assert scaled == pytest.approx(expected, rel=0.05)
    assert difference('sixteen', '--unit', 'mean', '--domain', 'intensity') < 0.1
    with pytest.raises(ConfigError, match='full-scale is not for decibels'):
        difference('float', '--unit', 'full-scale', '--domain', 'db')


def test_sizes_and_bands(folders, tmp_path, capsys):
    real, large = folders['real'], folders['large']
    with pytest.raises(DataError, match=r'are 32 x 32 pixels and those of .* 40 x 40'):
        compare_images.main([real, large, *FLAGS])
    compare_images.main([real, large, '--crop', '24', *FLAGS])
    with pytest.raises(DataError, match=r'00\.png is 32 x 32 pixels; --crop 33'):
        compare_images.main([real, large, '--crop', '33', *FLAGS])
    uneven = tmp_path / 'uneven'
    write(uneven, 2, 1, 0)
    write_raster(uneven / 'x.png', np.ones((8, 9), np.uint8))
    with pytest.raises(DataError, match=r'2 sizes: 32 x 32 \(00\.png\), 8 x 9 \(x\.png\)'):
        compare_images.main([real, str(uneven)])
    (uneven / 'x.png').unlink()
    write(uneven / 'more', 1, 1, 0, dtype='uint16')
    with pytest.raises(DataError, match=r'2 types: uint8 \(00.png\), uint16 \(more/00.png\)'):
        compare_images.main([real, str(uneven)])
    colour = tmp_path / 'colour'
    bands = np.random.default_rng(0).integers(1, 99, (3, 32, 32, 3)).astype(np.uint8)
    for number, image in enumerate(bands):
        write_raster(colour / f'{number}.png', image)
    with pytest.raises(DataError, match='choose a band with --band N'):
        compare_images.main([real, str(colour), *FLAGS])
    compare_images.main([real, str(colour), '--band', '1', *FLAGS])
    capsys.readouterr()


def test_bad_folders_and_flags(folders, tmp_path):
    real = folders['real']
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='empty has no images'):
        compare_images.main([real, str(tmp_path / 'empty')])
    with pytest.raises(DataError, match='nowhere is not a folder'):
        compare_images.main([str(tmp_path / 'nowhere'), real])
    with pytest.raises(ConfigError, match='--baseline a: give NAME=DIR'):
        compare_images.main([real, real, '--baseline', 'a'])
    with pytest.raises(ConfigError, match='the name real is taken'):
        compare_images.main([real, real, '--baseline', f'real={real}'])
    bad = tmp_path / 'bad'
    write(bad, 3, 1, 0, dtype='float32')
    image = np.load(bad / '01.npy')
    image[2, 2] = np.nan
    np.save(bad / '01.npy', image)
    with pytest.raises(DataError, match=r'1 of 3 images have values that are not.*bad/01.npy'):
        compare_images.main([real, str(bad), '--unit', 'same', *FLAGS])
    np.save(bad / '01.npy', np.full_like(image, 3))
    out = tmp_path / 'out'
    with pytest.raises(DataError, match=r'one value everywhere.*bad/01.npy'):
        compare_images.main([real, str(bad), '--unit', 'same', '--out', str(out), *FLAGS])
    assert not out.exists()
    with pytest.raises(ConfigError, match='passes whole files through the test pipeline'):
        compare_images.main([real, real, '--crop', '8', '--features', 'a.py', 'b.pth'])


def test_features_by_the_test_pipeline(folders, tmp_path, capsys):
    network = ['--features', str(write_config(tmp_path)), str(tmp_path / 'weights.pth')]
    compare_images.main([folders['real'], folders['migrated'], *FLAGS, *network])
    printed = capsys.readouterr().out
    rows = {line.split('|')[1].strip(): line.split('|')[2:] for line in printed.splitlines()
            if line.startswith('| ')}  # fmt: skip
    assert {'KID', 'KID_error', 'precision', 'recall', 'density', 'coverage'} <= set(rows)
    assert 0 <= float(rows['recall'][2]) <= 1
    assert 'left out' not in printed


def test_recognised_images(tmp_path, capsys, monkeypatch):
    """The class of an image is its folder; what the classifier says is looked up by name."""
    for name in ('real', 'migrated', 'source'):
        for number, kind in enumerate(('disc', 'line')):
            write(tmp_path / name / kind, 4, 1, number)
    folders = [str(tmp_path / name) for name in ('real', 'migrated', 'source')]
    # In all folders, three of four discs are taken for discs; so are half of the lines.
    said = {'disc': [0, 0, 0, 1], 'line': [0, 1, 1, 0]}

    class Classifier:
        classes = ('disc', 'line')

        def __init__(self, config, checkpoint, device):
            assert (str(config), checkpoint, device) == ('a.py', 'b.pth', 'cpu')

        def __call__(self, paths):
            labels = [said[path.parent.name][int(path.stem)] for path in paths]
            if 'migrated' in str(paths[0]):
                labels = [0] * len(paths)
            return SimpleNamespace(labels=np.array(labels))

    monkeypatch.setattr('mmsar.apis.recognition.classifier.ChipClassifier', Classifier)
    out = tmp_path / 'out'
    flags = [*FLAGS, '--classifier', 'a.py', 'b.pth', '--out', str(out)]
    compare_images.main([*folders[:2], '--source', folders[2], *flags])
    printed = capsys.readouterr().out.split('recognised [%]')[1]
    assert printed.split('images')[1].split()[1::2][:3] == ['62', '50', '62']
    content = json.loads((out / 'figures.json').read_text())
    assert content['real']['recognised'] == content['sets']['source']['recognised'] == 5 / 8
    assert content['sets']['generated']['recognised'] == 4 / 8

    write(tmp_path / 'real' / 'gap', 2, 1, 2)
    with pytest.raises(DataError, match=r'gap is no class of the classifier \(disc, line\)'):
        compare_images.main([*folders[:2], *flags])
