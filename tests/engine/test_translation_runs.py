"""Training and migration of the adversarial baselines through the tools."""

import json
from pathlib import Path

import migrate
import numpy as np
import pytest
import torch
import toy_migration
import toy_translation as toy
from toy_runs import forget_instances

from mmsar.apis import load_config
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.io import read_raster
from mmsar.registry import MODELS

pytest.importorskip('mmagic')
# mmengine names a run by the second it began in; mmagic's networks have biases before norms.
pytestmark = [
    pytest.mark.filterwarnings('ignore:.*has been created'),
    pytest.mark.filterwarnings('ignore:Unnecessary conv bias'),
]
MORE = {
    'test_checkpoints_that_are_none': ['stargan'],
    'test_method_in_place_of_a_config': ['stargan'],
    'test_before_a_training': ['stargan'],
}  # trainings of other methods that a test needs
STATE = ('state_dict', 'optimizer', 'param_schedulers', 'training_state')


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    return toy.write_chips(tmp_path_factory.mktemp('translation'))


@pytest.fixture
def runs(folder, request) -> Path:
    """A folder with chips, and a training of the test's method, or of CUT, in a folder of its name.

    Two epochs of three steps.
    """
    called = request.node.callspec.params if hasattr(request.node, 'callspec') else {}
    for method in {called.get('method', 'cut'), *MORE.get(request.node.name, ())}:
        if not (folder / method).exists():
            toy.train(folder, method, method)
    return folder


@pytest.mark.parametrize('method', toy.METHODS)
def test_stopped_and_resumed_is_bitwise_equal(runs, tmp_path, method):
    """Weights, optimisers, rates and image pools; in the middle of an epoch, too."""
    whole = toy.checkpoint(runs / method)
    assert whole['meta']['iter'] == 6
    hooks = [{'type': 'DumpStateHook'}, {'type': 'StopHook', 'at': 4}]
    toy.write_chips(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        toy.train(tmp_path, method, 'resumed', custom_hooks=hooks)
    assert toy.checkpoint(tmp_path / 'resumed')['meta']['iter'] == 3
    found = toy.train(tmp_path, method, 'resumed', '--resume')
    for key in STATE:
        assert toy.same(found.get(key), whole.get(key)), key
    assert ('training_state' in whole) == (method == 'cyclegan')
    if method == 'cyclegan':
        state = whole['training_state']
        assert {pool.shape for pool in state.values()} == {(3, 1, toy.SIZE, toy.SIZE)}


def arguments(runs: Path, method: str, out: Path, *extra: str) -> list[str]:
    """Return the arguments of a migration of sar1 with sar2 as references."""
    forget_instances()
    work = out.with_name(f'{out.name}_work')
    folders = {'content': runs / 'sar1', 'style': runs / 'sar2', 'out': out, 'work-dir': work}
    flags = [f'--{name}={folder}' for name, folder in folders.items()]
    return [str(runs / f'{method}.py'), *extra, *flags]


@pytest.mark.parametrize('method', toy.METHODS)
def test_migration(runs, tmp_path, method):
    """From a work folder, into the units of the contents."""
    work = f'--work-dir={runs / method}'
    migrate.main([*arguments(runs, method, tmp_path / 'out', str(runs / method)), work])
    images = toy_migration.images(tmp_path / 'out')
    assert list(images) == list(toy_migration.images(runs / 'sar1'))
    forget_instances()
    model = MODELS.build(load_config(runs / f'{method}.py').model)
    model.load_state_dict(toy.checkpoint(runs / method)['state_dict'])
    for name in images:
        content, meta = read_raster(runs / 'sar1' / name)
        values = torch.from_numpy((content[..., 0].clip(0, 4000) / 4000) ** 0.5).float()[None, None]
        expected = 4000 * model.migrate(values, values).images[0, 0].numpy() ** 2
        found = read_raster(tmp_path / 'out' / name)[0][..., 0]
        # Alone or in a batch
        np.testing.assert_allclose(found, expected, rtol=0, atol=1)
        assert meta.dtype == 'uint16'
        assert (found != content[..., 0]).mean() > 0.9
    settings = json.loads((tmp_path / 'out' / 'migration.json').read_text())
    assert len(settings['weights']) == 64
    # The folder of the training keeps its config.
    assert 'train_dataloader = dict(' in (runs / method / f'{method}.py').read_text()


def test_a_migration_goes_on_with_its_checkpoint_alone(runs, tmp_path):
    out = tmp_path / 'out'
    migrate.main(arguments(runs, 'cut', out, str(runs / 'cut')))
    images = toy_migration.images(out)
    gone = next(iter(images))
    (out / gone).unlink()
    migrate.main(arguments(runs, 'cut', out, str(runs / 'cut')))
    assert toy_migration.images(out) == images
    changed = toy.checkpoint(runs / 'cut')
    changed['state_dict']['generator.layers.1.weight'] *= -1
    first = str(tmp_path / 'changed.pth')
    torch.save(changed, first)
    with pytest.raises(DataError, match=r'weights was .* and is .*--overwrite'):
        migrate.main(arguments(runs, 'cut', out, first))
    migrate.main([*arguments(runs, 'cut', out, first), '--overwrite'])
    assert toy_migration.images(out) != images


def test_checkpoints_that_are_none(runs, tmp_path):
    with pytest.raises(ConfigError, match=r'CUT must be trained .* tools/migrate\.py CONFIG CHECK'):
        migrate.main(arguments(runs, 'cut', tmp_path / 'out'))
    with pytest.raises(CheckpointError, match='does not fit this model'):
        migrate.main(arguments(runs, 'cut', tmp_path / 'out', str(runs / 'stargan')))
    with pytest.raises(ConfigError, match='does not exist'):
        migrate.main(arguments(runs, 'cut', tmp_path / 'out', str(tmp_path / 'none.pth')))
    assert not (tmp_path / 'out').exists()


def test_method_in_place_of_a_config(runs, tmp_path):
    for file in migrate.METHODS.values():
        assert (migrate.CONFIGS / file).is_file()
    config, *flags = arguments(runs, 'cut', tmp_path / 'out')
    with pytest.raises(ConfigError, match='or a method: --method'):
        migrate.main(flags)
    with pytest.raises(ConfigError, match='leave out'):
        migrate.main([config, str(runs / 'cut'), '--method', 'cut', *flags])
    # The large network of the shipped config is not that of the small training.
    forget_instances()
    with pytest.raises(CheckpointError, match='does not fit this model'):
        migrate.main([str(runs / 'stargan'), '--method=stargan', *flags])
    forget_instances()
    migrate.main(['--method', 'histogram-matching', *flags])
    assert len(toy_migration.images(tmp_path / 'out')) == 7


def test_before_a_training(runs, tmp_path):
    """MigrationHook takes a checkpoint, too, and asks for it."""
    from mmsar.engine.hooks import MigrationHook

    settings = {
        'config': str(runs / 'cut.py'), 'content': str(runs / 'sar1'), 'style': str(runs / 'sar2'),
        'out': str(tmp_path / 'out'), 'dataset': {'type': 'mmsar.SARChips'},
    }  # fmt: skip
    hook = MigrationHook(**settings)
    with pytest.raises(ConfigError, match=r'checkpoint=\.\.\.'):
        hook._build([])
    hook = MigrationHook(**settings, checkpoint=str(runs / 'cut'))
    weights = toy.checkpoint(runs / 'cut')['state_dict']
    assert toy.same(dict(hook._build([]).state_dict()), weights)
    with pytest.raises(CheckpointError, match='does not fit CUT'):
        MigrationHook(**settings, checkpoint=str(runs / 'stargan'))._build([])
