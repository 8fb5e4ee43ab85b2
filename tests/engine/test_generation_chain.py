"""Generation, migration and a training from one config, killed and started again."""

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import toy_generation as toy
import toy_migration
import toy_recognition
import train
from toy_runs import equal, forget_instances, write_config

from mmsar.engine.generation import GenerationJob
from mmsar.engine.image_jobs.manifest import read_manifest
from mmsar.errors import ConfigError

pytest.importorskip('diffusers')
pytest.importorskip('peft')
CLASSES = toy_recognition.CLASSES


@pytest.fixture
def data(tmp_path, tiny_sd3) -> Path:
    """Configs of a classifier, of a generator of its classes, and of a migration."""
    toy_recognition.write_config(tmp_path)
    (tmp_path / 'migration.py').write_text(toy_migration.CONFIG.format(log=tmp_path / 'seen.txt'))
    toy.config(
        tmp_path,
        tiny_sd3,
        model={'pretrained': str(tiny_sd3), 'cache': str(tmp_path / 'cache'), 'dtype': 'float64'},
        test_cfg={
            'number': 4, 'steps': 1, 'shape': (32, 32), 'batch_size': 4, 'guidance': 1.0,
            'prompt': {'classes': CLASSES, 'values': {'_delete_': True}},
            'stretch': {'_delete_': True, 'rule': '8bit'}, 'dtype': 'uint8', 'domain': None,
        },
    )  # fmt: skip
    return tmp_path


def run(data: Path, name: str, number: int) -> dict[str, torch.Tensor]:
    """Train for an epoch on chips of the new sensor, and on what is generated and migrated."""
    forget_instances()
    hook = {
        'type': 'mmsar.MigrationHook',
        'config': str(data / 'migration.py'),
        'options': {'model.log': str(data / f'{name}.txt')},
        'generation': {
            'type': 'mmsar.GenerationJob',
            'config': str(data / 'config.py'),
            'options': {'test_cfg.number': number},
        },
        'content': str(data / name / 'generated'),
        'style': str(data / 'data' / 'train'),
        'out': str(data / name / 'migrated'),
        'dataset': {'type': 'mmsar.SARChips', 'labelled': True},
    }
    settings: dict[str, Any] = {
        'custom_imports': {'imports': ['mmsar', 'toy', 'toy_migration']},
        'custom_hooks': [hook, {'type': 'DumpStateHook'}],
        'train_cfg': {'max_epochs': 1, 'val_interval': 2},
        'log_processor': {'window_size': 1},
        'default_hooks': {'logger': {'interval': 1}},
    }
    config = write_config(data / name / 'config.py', data / 'toy_linear.py', **settings)
    train.main([str(config), '--work-dir', str(data / name)])
    return torch.load(data / name / 'rank0.pth')


def made(folder: Path) -> int:
    return len(list(folder.glob('generated/*/*.png'))) + len(list(folder.glob('migrated/*/*.png')))


def done(folder: Path) -> dict[Path, int]:
    """Return the images that manifests call done, with what tells a file from another."""
    found = {}
    for part in ('generated', 'migrated'):
        for name, entry in read_manifest(folder / part).items():
            assert entry['status'] == 'done'
            path = folder / part / name
            found[path] = path.stat().st_ino
    return found


@pytest.mark.parametrize(('number', 'kills'), [(4, 1), pytest.param(20, 5, marks=pytest.mark.slow)])
def test_chain_survives_kills(data, number, kills):
    total = number * len(CLASSES)
    whole = run(data, 'whole', number)
    assert made(data / 'whole') == len(done(data / 'whole')) == 2 * total
    folder = data / 'killed'
    draws = random.Random(0)
    kept: dict[Path, int] = {}
    for moment in sorted(draws.sample(range(1, 2 * total), kills)):
        child = toy_migration.fork(lambda: run(data, 'killed', number))
        while made(folder) < moment:
            assert os.waitpid(child, os.WNOHANG) == (0, 0)
            time.sleep(0.005)
        toy_migration.kill(child)
        now = done(folder)
        assert kept.items() <= now.items()  # none is lost, none is made twice
        kept = now
    assert kept
    weights = run(data, 'killed', number)
    assert kept.items() <= done(folder).items()
    for part in ('generated', 'migrated'):
        images = [toy_migration.images(data / name / part) for name in ('whole', 'killed')]
        assert images[0] == images[1]
        assert len(images[0]) == total
    assert equal(weights, whole)
    (log,) = (data / 'whole').glob('*/*.log')
    assert f'{total} migrated images are added to 36' in log.read_text()


def test_job_arguments(data):
    config = str(data / 'config.py')
    for changes, match in (
        ({'config': str(data / 'none.py')}, 'cannot be read'),
        ({'config': str(data / 'toy_linear.py')}, "no test_cfg = dict\\(type='mmsar.GenerationL"),
        ({'options': {'test_cfg.numbers': 3}}, "no setting 'numbers'"),
    ):
        with pytest.raises(ConfigError, match=match):
            GenerationJob(**{'config': config, **changes})
    with pytest.raises(ConfigError, match='does not exist'):
        GenerationJob(config, str(data / 'none.pth')).run(data / 'out')
    job = GenerationJob(config, options={'test_cfg.number': 1})
    assert job.run(data / 'out') == data / 'out'
    assert len(toy_migration.images(data / 'out')) == 3
