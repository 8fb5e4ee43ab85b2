"""Training and migration of the adversarial baselines through the tools."""

import json
from pathlib import Path

import migrate
import pytest
import torch
import toy_migration
import toy_translation as toy
from toy_runs import forget_instances

from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.io import read_raster

pytest.importorskip('mmagic')
# mmengine names a run by the second it began in; mmagic's networks have biases before norms.
pytestmark = [
    pytest.mark.filterwarnings('ignore:.*has been created'),
    pytest.mark.filterwarnings('ignore:Unnecessary conv bias'),
]
MORE = {
    'test_a_resumed_run_needs_its_image_pools': ['cyclegan'],
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


def test_a_resumed_run_needs_its_image_pools(runs, tmp_path):
    whole = toy.checkpoint(runs / 'cyclegan')
    del whole['training_state']
    torch.save(whole, tmp_path / 'bare.pth')
    toy.write_chips(tmp_path)
    settings = {'train_cfg': {'max_epochs': 3}}
    with pytest.raises(CheckpointError, match='has no training_state of CycleGAN'):
        toy.train(tmp_path, 'cyclegan', 'a', '--resume', str(tmp_path / 'bare.pth'), **settings)
    smaller = {**settings, 'model': {**toy.SMALL['cyclegan'], 'buffer_size': 2}}
    last = str(runs / 'cyclegan' / 'epoch_2.pth')
    with pytest.raises(ConfigError, match='image pool of 3 images, the model one of 2'):
        toy.train(tmp_path, 'cyclegan', 'b', '--resume', last, **smaller)


def test_another_seed_is_another_training(runs, tmp_path):
    toy.write_chips(tmp_path)
    other = toy.train(tmp_path, 'cut', 'seed', randomness={'seed': 1})
    assert not toy.same(other['state_dict'], toy.checkpoint(runs / 'cut')['state_dict'])


def arguments(runs: Path, method: str, out: Path, *extra: str) -> list[str]:
    """Return the arguments of a migration of sar1 with sar2 as references."""
    forget_instances()
    work = out.with_name(f'{out.name}_work')
    folders = {'content': runs / 'sar1', 'style': runs / 'sar2', 'out': out, 'work-dir': work}
    flags = [f'--{name}={folder}' for name, folder in folders.items()]
    return [str(runs / f'{method}.py'), *extra, *flags]


@pytest.mark.parametrize('method', toy.METHODS)
def test_migration(runs, tmp_path, method):
    """From a work folder; whatever the batches, and into the units of the contents."""
    migrate.main(arguments(runs, method, tmp_path / 'a', str(runs / method)))
    images = toy_migration.images(tmp_path / 'a')
    assert list(images) == list(toy_migration.images(runs / 'sar1'))
    file = str(runs / method / 'epoch_2.pth')
    migrate.main([*arguments(runs, method, tmp_path / 'b', file), '--batch-size', '2'])
    for name in images:
        one, two = (read_raster(tmp_path / run / name)[0].astype(int) for run in 'ab')
        assert abs(one - two).max() <= 1  # rounding, of batches of another size
        content, meta = read_raster(runs / 'sar1' / name)
        assert meta.dtype == 'uint16'
        assert (one != content).mean() > 0.9
        assert one.max() <= 4000
    settings = json.loads((tmp_path / 'a' / 'migration.json').read_text())
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
    first = str(runs / 'cut' / 'epoch_1.pth')
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


def test_wrong_trainings_are_refused(runs, tmp_path):
    toy.write_chips(tmp_path)
    adam = {'optimizer': {'type': 'Adam', 'lr': 1e-4}}
    parts = {'_delete_': True, 'constructor': 'mmsar.PartOptimisers', 'generator': adam}
    for changed, message in (
        (parts, 'has no part for .* weights of CUT, such as'),
        ({**parts, 'generators': adam}, r'optim_wrapper\.generators is for no part of CUT; it has'),
        ({'generator': {**adam, 'accumulative_counts': 2}}, 'are not accumulated'),
        ({'type': 'AmpOptimWrapper', 'loss_scale': 'dynamic'}, 'without --amp'),
    ):
        with pytest.raises(ConfigError, match=message):
            toy.train(tmp_path, 'cut', 'bad', optim_wrapper=changed)
    inner = {'pipeline': [{'type': 'mmsar.LoadSARImage', 'channels': 1, 'domain_in': 'amplitude'}]}
    inner |= {name: {'data_root': str(tmp_path / folder)}
              for name, folder in (('content', 'sar1'), ('style', 'sar2'))}  # fmt: skip
    loader = {'batch_size': 2, 'num_workers': 0, 'dataset': {'dataset': inner}}
    with pytest.raises(DataError, match=r'must be in \[0, 1\]: set out='):
        toy.train(tmp_path, 'cut', 'bad', train_dataloader=loader)
    model = {**toy.SMALL['stargan'], 'num_classes': 3}
    with pytest.raises(DataError, match='labelled=True'):
        toy.train(tmp_path, 'stargan', 'bad', model=model)
