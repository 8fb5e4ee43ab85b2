"""The search for copies, as a user runs it."""

import json

import numpy as np
import pytest
from analysis_tools import find_copies
from PIL import Image

from mmsar.errors import DataError
from mmsar.io import write_raster


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    images = {name: rng.rayleigh(400, (6, 16, 16)) for name in ('training', 'generated', 'real')}
    images['generated'][3] = images['training'][2][::-1] * 1.2
    for name, stack in images.items():
        for number, image in enumerate(stack):
            write_raster(tmp_path / name / f'{number}.png', image.round(), dtype='uint16')
    return tmp_path


def test_a_copy_is_named_and_drawn(folders, capsys):
    out = folders / 'out'
    arguments = [str(folders / name) for name in ('training', 'generated')]
    find_copies.main([*arguments, '--real', str(folders / 'real'), '--out', str(out)])
    printed = capsys.readouterr().out
    assert '1 of 6 generated images are nearer to a training image' in printed
    assert '3.png: 2.png upside down, 1.000' in printed
    assert 'training, each with the others' in printed
    content = json.loads((out / 'copies.json').read_text())
    assert content['copies'] == 1
    assert content['images'][0]['turned'] == 'upside down'
    assert len(content['images']) == len(content['real']['real']) == 6
    assert np.asarray(Image.open(out / 'copies.png')).std() > 10


def test_without_mirrored_images_there_is_none(folders, capsys):
    arguments = [str(folders / name) for name in ('training', 'generated')]
    find_copies.main([*arguments, '--no-flips', '--shift', '0'])
    printed = capsys.readouterr().out
    assert '1.000' not in printed
    assert 'about 0.9' in printed  # 6 of 6 + 1


def test_wrong_folders(folders):
    broken = np.random.default_rng(0).rayleigh(1, (16, 16)).astype(np.float32)
    broken[3, 3] = np.nan
    for name in ('training', 'generated'):
        for number in range(2):
            write_raster(folders / f'float_{name}' / f'{number}.npy', broken + number)
    with pytest.raises(DataError, match=r'float_training: 2 of 2 images .* not finite.*0\.npy'):
        find_copies.main([str(folders / f'float_{name}') for name in ('training', 'generated')])
    (folders / 'empty').mkdir()
    with pytest.raises(DataError, match='empty'):
        find_copies.main([str(folders / 'training'), str(folders / 'empty')])
