import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from toy_runs import run

import mmsar
from mmsar.apis.provenance import (
    relative_to_repository,
    training,
    versions,
    write_test_results,
)
from mmsar.compat.mmengine_checkpoint import load_file

ROOT = Path(__file__).parents[2]
TRAINS = 'Epoch(train)  [1][5/5]  loss: 1.0'


def log(folder, name, *lines):
    """Write a log as mmengine does: '12:30:00 text' becomes a line of 2026/11/21."""
    path = folder / name / f'{name}.log'
    path.parent.mkdir(parents=True)
    text = [f'2026/11/21 {line[:8]} - mmengine - INFO - {line[9:]}' for line in lines]
    path.write_text('\n'.join(text))


def time_of(folder, saved='20261121_235959'):
    return training(str(folder / 'epoch_1.pth'), {'time': saved})


def environment(*gpus, processes=1):
    devices = ''.join(f'\n    GPU {ids}: {name}' for ids, name in gpus)
    return f'12:00:00 \nSystem environment:{devices}\n\n    GPU number: {processes}\n----'


def test_the_time_ends_when_the_checkpoint_is_saved(tmp_path):
    log(tmp_path, '20261121_115959', environment(), f'12:10:05 {TRAINS}', '12:20:00 Saving check')
    assert time_of(tmp_path) == {'seconds': 1200, 'processes': 1, 'gpus': []}
    assert time_of(tmp_path, '20261121_121005')['seconds'] == 605


def test_the_parts_of_a_resumed_run_are_added(tmp_path):
    log(tmp_path, 'a', '12:00:00 start', f'12:10:00 {TRAINS}')
    log(tmp_path, 'b', '13:00:00 start', '13:00:01 resumed epoch: 1, iter: 5', f'13:01:00 {TRAINS}')
    assert time_of(tmp_path)['seconds'] == 660
    assert time_of(tmp_path, '20261121_125000')['seconds'] == 600  # before the second part


def test_an_earlier_run_and_tests_do_not_count(tmp_path):
    log(tmp_path, 'a', '10:00:00 start', f'11:00:00 {TRAINS}')
    log(tmp_path, 'b', '12:00:00 start', f'12:01:00 {TRAINS}')
    log(tmp_path, 'c', '12:30:00 start', '12:40:00 Epoch(test) [2/2]')
    assert time_of(tmp_path)['seconds'] == 60


def test_what_the_logs_do_not_tell_is_none(tmp_path):
    assert time_of(tmp_path) is None
    log(tmp_path, 'a', '12:00:00 resumed epoch: 1, iter: 5', f'13:01:00 {TRAINS}')
    assert time_of(tmp_path) is None  # the first part is elsewhere
    log(tmp_path, 'b', '14:00:00 start', f'14:01:00 {TRAINS}')
    assert time_of(tmp_path)['seconds'] == 60
    assert time_of(tmp_path, 'Thu Mar  4 2021') is None  # of other software
    assert training(str(tmp_path / 'a.pth'), {}) is None
    assert training('https://nowhere/a.pth', {'time': '20261121_235959'}) is None


def test_gpus_are_those_of_the_training(tmp_path):
    several = environment(('0,1', 'Radar 9'), ('2', 'Radar 8'), processes=3)
    log(tmp_path, 'a', several, f'12:01:00 {TRAINS}')
    assert time_of(tmp_path) == {
        'seconds': 60,
        'processes': 3,
        'gpus': ['Radar 9', 'Radar 9', 'Radar 8'],
    }
    # Two machines: the log names the devices of the first.
    log(tmp_path, 'b', environment(('0,1', 'Radar 9'), processes=4), f'12:01:00 {TRAINS}')
    assert time_of(tmp_path)['gpus'] == ['Radar 9'] * 4


def test_a_real_log_is_understood(tmp_path):
    run('toy_epoch', tmp_path, model={'delay': 0.05})
    path = tmp_path / 'epoch_6.pth'
    found = training(str(path), load_file(path)['meta'])
    assert 1 <= found['seconds'] <= 30  # 30 steps of 0.05 s; logs have whole seconds
    assert found['processes'] == 1


def record(tmp_path, meta, metrics=None, config_path='x.py', **config):
    config = Config({'work_dir': str(tmp_path), 'default_scope': 'mmdet', **config})
    write_test_results(config, config_path, 'w.pth', meta, metrics or {})
    return json.loads((tmp_path / 'test_results.json').read_text())


def test_the_seed_is_that_of_the_training(tmp_path):
    other = {'randomness': {'seed': 5}}
    meta = {'seed': 3, 'epoch': 7, 'iter': 70}
    found = record(tmp_path, meta, **other)
    assert (found['seed'], found['epoch'], found['iter']) == (3, 7, 70)
    assert record(tmp_path, {}, **other)['seed'] == 5
    assert record(tmp_path, {})['seed'] is None


def test_metrics_are_plain_numbers(tmp_path):
    metrics = {'a': np.float32(0.5), 'b': 2, 'c': float('nan'), 'd': 'text', 'e': np.ones(3)}
    found = record(tmp_path, {}, metrics)['metrics']
    assert found == {'a': 0.5, 'b': 2.0, 'c': None}


def test_what_it_ran_on(tmp_path, monkeypatch):
    found = record(tmp_path, {})
    assert set(found['versions']) == {'python', 'torch', 'mmsar', 'mmengine', 'mmdet'}
    assert found['versions']['mmsar'] == mmsar.__version__
    assert set(versions()) == {'python', 'torch', 'mmsar', 'mmengine'}
    assert found['hardware']['processes'] == 1
    assert found['hardware']['cpu_threads'] == torch.get_num_threads()
    assert found['date'].endswith('+00:00')
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    monkeypatch.setattr('torch.cuda.get_device_name', lambda: 'Radar 9')
    assert record(tmp_path, {})['hardware']['gpus'] == ['Radar 9']


def test_other_processes_write_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules['mmsar.apis.provenance'], 'is_main_process', lambda: False)
    with pytest.raises(FileNotFoundError):
        record(tmp_path, {})


def test_configs_of_the_repository_are_relative(tmp_path, monkeypatch):
    relative = 'configs/quickstart/faster-rcnn_r18-slim_fpn_ports.py'
    assert relative_to_repository(ROOT / relative) == relative
    monkeypatch.chdir(ROOT / 'configs')
    assert relative_to_repository('quickstart/faster-rcnn_r18-slim_fpn_ports.py') == relative
    assert relative_to_repository(tmp_path / 'x.py') == str(tmp_path / 'x.py')
