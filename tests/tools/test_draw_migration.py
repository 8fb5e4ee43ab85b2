"""tools/analysis_tools/draw_migration.py."""

import numpy as np
import pytest
from analysis_tools import draw_migration

from mmsar.errors import ConfigError
from mmsar.io import read_raster, write_raster

CONFIG = 'configs/cross_sensor/attention-distillation_small_64.py'


def test_picture_of_each_loss(tmp_path, small_stable_diffusion, capsys):
    random = np.random.default_rng(0)
    for name in ('a', 'b', 'new'):
        write_raster(tmp_path / f'{name}.png', random.gamma(1, 30, (32, 32)).astype(np.uint8))
    arguments = ['--content', str(tmp_path / 'a.png'), str(tmp_path / 'b.png')]
    arguments += ['--style', str(tmp_path / 'new.png'), '--out', str(tmp_path / 'losses.png')]
    settings = [f'model.pretrained={small_stable_diffusion}', 'model.steps=1', 'model.size=32']
    settings += ['model.speckle.size=8', 'model.weights.content=0', 'test_cfg.stretch.rule=8bit']
    draw_migration.main([CONFIG, *arguments, '--cfg-options', *settings])
    printed = capsys.readouterr().out
    assert 'attention distillation: 1 steps' in printed
    assert '+ content' not in printed  # it has no weight
    picture, _ = read_raster(tmp_path / 'losses.png')
    assert picture.std() > 10
    with pytest.raises(ConfigError, match='the model has no losses to draw'):
        draw_migration.main(['configs/cross_sensor/histogram-matching_aircraft.py', *arguments])
