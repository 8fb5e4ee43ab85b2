"""Tools around pairs of ISAR images."""

import json

import numpy as np
import pytest
from analysis_tools import draw_isar, fit_baselines
from benchmarks import isar_pairs
from PIL import Image
from toy_bridge import ROOT

from mmsar.errors import ConfigError

CONFIG = str(ROOT / 'configs/ssnet/ssnet-tiny_x4_1xb8-3k_spacecraft.py')


def test_pictures(tmp_path):
    out = tmp_path / 'isar.png'
    draw_isar.main(['--out', str(out), '--designs', 'stage', '--view', '2'])
    with Image.open(out) as picture:
        assert np.asarray(picture.convert('L')).std() > 10
    with pytest.raises(ConfigError, match='--view 25: the benchmark has 25 views'):
        draw_isar.main(['--out', str(out), '--view', '25'])
    with pytest.raises(ConfigError, match="has no 'hubble'"):
        draw_isar.main(['--out', str(out), '--designs', 'hubble'])


def test_baselines_are_fitted(tmp_path, capsys):
    out = tmp_path / 'fit.json'
    fit_baselines.main([CONFIG, '--pairs', '3', '--out', str(out)])
    assert 'foreground: fitted=dict(bicubic=(' in capsys.readouterr().out
    found = json.loads(out.read_text())
    gain, offset = found['foreground']['black']
    assert (gain, 0.2 < offset < 0.7) == (0, True)
    assert 0.2 < found['foreground']['bicubic'][0] < 1.2
    # Areas are brighter at the low resolution than at the high one.
    assert found['foreground']['bicubic'][1] < 0.2
    x, y = np.random.default_rng(0).random((2, 50))
    sums = np.array([50, x.sum(), y.sum(), (x * x).sum(), (x * y).sum()])
    assert fit_baselines._line(sums) == pytest.approx(tuple(np.polyfit(x, y, 1)))


def test_speed(capsys):
    isar_pairs.main([CONFIG, '--pairs', '2', '--rounds', '1'])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(':')[0] for line in lines[-3:]] == [
        'training step of 8 pairs',
        'simulated',
        'from the cache',
    ]
