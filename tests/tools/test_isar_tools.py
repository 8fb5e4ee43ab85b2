"""Tools around pairs of ISAR images."""

import json

import numpy as np
import pytest
import torch
from analysis_tools import draw_isar, fit_baselines, isar_benchmark
from benchmarks import isar_pairs
from mmengine.registry import MODELS, init_default_scope
from PIL import Image
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.errors import ConfigError, DataError

CONFIG = str(ROOT / 'configs/ssnet/ssnet-tiny_x4_1xb8-5k_spacecraft.py')


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


def test_results_are_measured_kept_and_listed(tmp_path, monkeypatch):
    points = {'kind': 'two-points', 'separations': [4.0, 8.0], 'pairs': 1}
    sets = {'benchmark': {'kind': 'benchmark'}, 'two-points': points, 'aircraft': {}}
    monkeypatch.setattr('mmsar.apis.isar_benchmark.SETS', sets)
    config = load_config(CONFIG, {'model.generator.num_feats': 16})
    init_default_scope('mmagic')
    for seed in (0, 1):
        (tmp_path / f'run{seed}').mkdir()
        model = MODELS.build(config.model)
        content = {'state_dict': model.state_dict(), 'meta': {'seed': seed, 'iter': 5}}
        torch.save(content, tmp_path / f'run{seed}' / 'iter_5.pth')
    options = ['--records', str(tmp_path / 'records'), '--page', str(tmp_path / 'page.md')]
    runs = [str(tmp_path / f'run{seed}/iter_5.pth') for seed in (0, 1)]
    few = ['--cfg-options', 'test_dataloader.dataset.indices=1', 'model.generator.num_feats=16']
    isar_benchmark.main(['--config', CONFIG, *runs, *options, *few])
    records = sorted((tmp_path / 'records').iterdir())
    assert [path.name[-10:] for path in records] == ['seed0.json', 'seed1.json']
    record = json.loads(records[0].read_text())
    found = record['metrics']['benchmark']
    # Random weights add nothing to the bilinear image: near bicubic, far from what is fitted
    assert found['PSNR_foreground'] == pytest.approx(found['bicubic/PSNR_foreground'], abs=3)
    assert found['bicubic_fitted/PSNR_foreground'] > found['bicubic/PSNR_foreground'] + 3
    assert record['weights'] == sum(p.numel() for p in model.parameters())
    page = (tmp_path / 'page.md').read_text()
    for text in (
        '| SSNet | `ssnet-tiny_x4_1xb8-5k_spacecraft.py` |',
        '| 0, 1 |',
        '| bicubic, fitted | ',
        ' ± ',
        '| Share that is separated | 4 |',
    ):
        assert text in page
    assert 'aircraft' not in record['metrics']
    # The page alone, from the records
    (tmp_path / 'page.md').unlink()
    isar_benchmark.main(options)
    assert (tmp_path / 'page.md').read_text() == page
    with pytest.raises(ConfigError, match='--config is missing'):
        isar_benchmark.main([*runs, *options])
    with pytest.raises(DataError, match='has no records'):
        isar_benchmark.main(['--records', str(tmp_path / 'none')])
    (tmp_path / 'records' / 'a.json').write_text('{}')
    with pytest.raises(DataError, match=r'a\.json is no record of this tool'):
        isar_benchmark.main(options)
