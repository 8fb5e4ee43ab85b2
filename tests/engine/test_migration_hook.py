"""Migrated images in a training: the same as if they had been there."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import toy_migration as toy
import toy_recognition
import train
from toy_runs import equal, forget_instances, write_config

from mmsar.engine.hooks import MigrationHook
from mmsar.engine.migration.training_set import add_to_training, join
from mmsar.errors import ConfigError, DataError
from mmsar.registry import JOBS

ROOT = Path(__file__).parent.parent.parent
CHIPS = {'type': 'mmsar.SARChips', 'labelled': True}
# Rates that follow the number of batches.
SCHEDULE = {'type': 'LinearLR', 'start_factor': 0.1, 'by_epoch': True, 'begin': 0, 'end': 1,
            'convert_to_iter_based': True}  # fmt: skip


@JOBS.register_module()
class CopyJob:
    """Copies a folder, into one below."""

    def __init__(self, source: str) -> None:
        self.source = Path(source)

    def run(self, folder: Path) -> Path:
        for path in self.source.rglob('*.png'):
            target = folder / 'inner' / path.relative_to(self.source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        return folder / 'inner'


@pytest.fixture
def data(tmp_path) -> Path:
    """A classifier's config and chips (data/train, data/test), and a config of migration."""
    toy_recognition.write_config(tmp_path)
    (tmp_path / 'migration.py').write_text(toy.CONFIG.format(log=tmp_path / 'seen.txt'))
    return tmp_path


def hook(data: Path, **changes: Any) -> dict[str, Any]:
    return {
        'type': 'mmsar.MigrationHook',
        'config': str(data / 'migration.py'),
        'content': str(data / 'data' / 'train'),
        'style': str(data / 'data' / 'test'),
        'out': str(data / 'migrated'),
        'dataset': CHIPS,
        **changes,
    }


def run(data: Path, name: str, *flags: str, hooks: Any = (), **settings: Any) -> None:
    """Train for an epoch."""
    forget_instances()
    settings = {
        'custom_imports': {'imports': ['mmsar', 'toy', 'toy_migration']},
        'custom_hooks': [*hooks, {'type': 'DumpStateHook'}],
        'train_cfg': {'max_epochs': 1, 'val_interval': 2},
        'param_scheduler': [SCHEDULE],
        'log_processor': {'window_size': 1},
        'default_hooks': {'logger': {'interval': 1}},
        **settings,
    }
    config = write_config(data / name / 'config.py', data / 'toy_linear.py', **settings)
    train.main([str(config), '--work-dir', str(data / name), *flags])


def weights(data: Path, name: str, rank: int = 0) -> dict[str, torch.Tensor]:
    return torch.load(data / name / f'rank{rank}.pth')


def test_a_training_as_if_the_images_had_been_there(data, capsys):
    run(data, 'first', hooks=[hook(data)])
    assert len(toy.images(data / 'migrated')) == 36
    seen = (data / 'seen.txt').read_text()
    printed = capsys.readouterr().out
    assert '36 migrated images are added to 36 of the training set' in printed
    # 72 images make two batches of 25.
    assert '[1][2/2]' in printed
    # Nothing left to migrate; and the data set in the config, without the hook.
    run(data, 'second', hooks=[hook(data)])
    both = [{**CHIPS, 'data_root': str(data / f)} for f in ('data/train', 'migrated')]
    pipeline = [
        {'type': 'mmsar.LoadSARImage', 'channels': 1},
        {'type': 'mmsar.StretchSAR', 'rule': '8bit'},
        {'type': 'mmsar.ResizeChip', 'scale': 32},
        {'type': 'PackInputs'},
    ]
    joined = {
        '_delete_': True,
        'type': 'ConcatDataset',
        'datasets': [{**dataset, 'pipeline': pipeline} for dataset in both],
    }
    loader = {'dataset': {'dataset': joined}}
    run(data, 'config', train_dataloader=loader)
    first, *others = (weights(data, name) for name in ('first', 'second', 'config'))
    assert all(equal(first, other) for other in others)
    assert (data / 'seen.txt').read_text() == seen


def test_generation_and_failures(data):
    generation = {'type': 'CopyJob', 'source': str(data / 'data' / 'train')}
    changes = {'content': str(data / 'generated'), 'options': {'model.spoil': -2}}
    (data / 'data' / 'train' / 'disc' / '00.png').write_bytes(b'')
    built = MigrationHook(**{k: v for k, v in hook(data, **changes, generation=generation).items()
                             if k != 'type'})  # fmt: skip
    assert built.model.spoil == -2
    said: list[str] = []
    runner = SimpleNamespace(logger=SimpleNamespace(info=said.append, warning=said.append))
    with pytest.raises(DataError, match=r'(?s)1 of 36 images could not.*disc/00.png'):
        built._make(runner)
    assert len(toy.images(data / 'generated' / 'inner')) == 36
    assert len(toy.images(data / 'migrated')) == 35
    built.allow_failures = True
    built._make(runner)
    assert 'goes on without them: disc/00.png' in said[-1]


def test_two_processes(data):
    flags = ('--launcher', 'pytorch')
    loader = {'batch_size': 24, 'batch_sampler': {'global_batch': True}}
    both = toy.fork_two(
        lambda rank: run(data, 'two', *flags, hooks=[hook(data)], train_dataloader=loader)
    )
    assert both == [0, 0]
    assert len(toy.images(data / 'migrated')) == 36
    assert sum(toy.batches(data / 'seen.txt')) == 36
    assert equal(*(weights(data, 'two', rank) for rank in range(2)))
    (log,) = (data / 'two').glob('*/*.log')
    assert '[1][3/3]' in log.read_text()  # 72 images


def test_bad_arguments(data):
    other = ROOT / 'tests' / 'configs' / 'toy_epoch.py'
    for changes, match in (
        ({'config': str(data / 'none.py')}, r'none\.py with options=.* cannot be read'),
        ({'config': str(other)}, 'has no model, or no test_cfg'),
        ({'options': {'test_cfg.steps': 3}}, "a migration has no setting 'steps'"),
        ({'out': str(data / 'data' / 'train' / 'new')}, 'contain one another'),
    ):
        settings = hook(data, **changes)
        settings.pop('type')
        with pytest.raises(ConfigError, match=match):
            MigrationHook(**settings)
    settings = hook(data)
    settings.pop('type')
    built = MigrationHook(**settings)
    built.before_run(SimpleNamespace(_train_loop=None))  # a test
    built.before_run(SimpleNamespace(_train_loop={}))  # a validation
    with pytest.raises(ConfigError, match='not with SimpleNamespace: migrate by tools/migrate'):
        built.before_run(SimpleNamespace(_train_loop=object()))
    assert not (data / 'migrated').exists()
    runner = SimpleNamespace(_train_dataloader=object(), cfg={'train_cfg': 1, 'optim_wrapper': 1})
    with pytest.raises(ConfigError, match='train_dataloader is an object already'):
        add_to_training(runner, CHIPS)
    sets = [SimpleNamespace(metainfo={'classes': names}) for names in (('a', 'b'), ('a',))]
    with pytest.raises(ConfigError, match='has the classes a, b, the migrated images a:'):
        join(*sets)
