"""tools/migrate.py, and tools/test.py with a migration."""

import json
import time
from pathlib import Path

import migrate
import pytest
import test as test_tool
import toy_migration as toy

from mmsar.engine.image_jobs.manifest import read_manifest
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster

ROOT = Path(__file__).parent.parent.parent
# mmengine names a run by the second it began in.
pytestmark = [
    pytest.mark.filterwarnings('ignore:.*has been created'),
]


@pytest.fixture
def config(tmp_path):
    return toy.write_data(tmp_path, 20)


def test_a_folder(config, capsys):
    folder = config.parent
    migrate.main([*toy.arguments(config), '--batch-size', '2', '--device', 'cpu'])
    assert list(toy.images(folder / 'out')) == list(toy.images(folder / 'content'))
    assert set(toy.batches(folder / 'seen.txt')) <= {1, 2}
    printed = capsys.readouterr().out
    assert 'migrating: 20 of 20, 0:00:00 remaining' in printed
    assert 'out: 20 images migrated' in printed
    # As a test of a config, which finds it done.
    options = [f'test_cfg.{name}={folder / name}' for name in ('content', 'style', 'out')]
    work = ['--work-dir', str(folder / 'work')]
    test_tool.main([str(config), *work, '--cfg-options', *options])
    results = json.loads((folder / 'work' / 'test_results.json').read_text())
    assert results['metrics'] == {'migrated': 20, 'failed': 0}
    assert results['checkpoint'] is None
    assert len(toy.seen(folder / 'seen.txt')) == 20
    for flag in ('--out=p.pkl', '--show-dir=p'):
        with pytest.raises(ConfigError, match=r'is for predictions, and mmsar\.MigrationLoop'):
            test_tool.main([str(config), flag])


def test_killed_again_and_again(config, monkeypatch):
    """At times that hit reading, batches and writing; then two processes finish it."""
    folder = config.parent
    migrate.main(toy.arguments(config, 'whole'))
    seen, out = folder / 'seen.txt', folder / 'out'
    seen.unlink()
    # One image a batch, so that the kills find something to interrupt.
    arguments = [*toy.arguments(config), '--batch-size', '1']
    monkeypatch.setattr(toy, 'PAUSE', 0.05)
    first = 0
    for number in range(4):
        done = {name for name, e in read_manifest(out).items() if e['status'] == 'done'}
        child = toy.fork(lambda: migrate.main(arguments))
        while len(read_manifest(out)) < min(20, len(done) + 3):
            time.sleep(0.002)
        time.sleep(0.011 * number)
        toy.kill(child)
        before, first = first, len(toy.seen(seen))
        again = {f'{"ab"[n % 2]}/{n:03d}.png' for n in toy.seen(seen)[before:]}
        assert not done & again
        assert again
    done = {name for name, e in read_manifest(out).items() if e['status'] == 'done'}
    assert 12 <= len(done) < 20

    pair = [*toy.arguments(config), '--launcher', 'pytorch']
    assert toy.fork_two(lambda rank: migrate.main(pair)) == [0, 0]
    last = {f'{"ab"[n % 2]}/{n:03d}.png' for n in toy.seen(seen)[first:]}
    assert not done & last
    assert len(done) + len(last) == 20
    assert toy.images(out) == toy.images(folder / 'whole')


def test_failures(config):
    folder = config.parent
    (folder / 'content' / 'a' / '004.png').write_bytes(b'no image')
    with pytest.raises(DataError, match=r'(?s)1 of 20 images .* a/004\.png.*start again'):
        migrate.main(toy.arguments(config))
    assert len(toy.images(folder / 'out')) == 19
    (folder / 'content' / 'a' / '004.png').unlink()
    migrate.main(toy.arguments(config))
    assert len(toy.seen(folder / 'seen.txt')) == 19
    # Everything again, with another seed.
    options = ['--cfg-options', 'test_cfg.styles.seed=1']
    with pytest.raises(DataError, match=r'styles\.seed was 0 and is 1'):
        migrate.main([*toy.arguments(config), *options])
    migrate.main([*toy.arguments(config), '--overwrite', *options])
    assert len(toy.seen(folder / 'seen.txt')) == 38


def test_bad_arguments(config, capsys):
    folder = config.parent
    good = toy.arguments(config)
    for extra, match in (
        ([f'--content={folder}/none'], 'the content folder .*none is not a folder'),
        ([f'--style={folder}/none'], 'the style folder .*none is not a folder'),
        ([f'--out={folder}/content/a/new'], 'contain one another'),
        (['--device=cuda:99'], 'cannot be used'),
        (['--device=cpu', '--launcher=pytorch'], '--device is for one process'),
        (['--cfg-options', 'test_cfg.styles.count=2'], "styles has no 'count'"),
        (['--cfg-options', 'test_cfg.steps=2'], "a migration has no setting 'steps'"),
        (['--cfg-options', 'test_cfg.stretch.rule=none'], 'rule='),
        (['--cfg-options', 'test_dataloader.batch_size=2'], 'makes its own inputs'),
    ):
        with pytest.raises((ConfigError, DataError), match=match):
            migrate.main([*good, *extra])
    with pytest.raises(ConfigError, match="a migration needs the folder 'content'"):
        test_tool.main([str(config), '--work-dir', str(folder / 'work')])
    other = ROOT / 'tests' / 'configs' / 'toy_epoch.py'
    with pytest.raises(ConfigError, match=r"has no test_cfg = dict\(type='mmsar\.MigrationLoop'"):
        migrate.main([str(other), *good[1:]])
    with pytest.raises(ConfigError, match='name the checkpoint to test'):
        test_tool.main([str(other)])
    assert not (folder / 'out').exists()
    for missing in ('--content', '--style', '--out'):
        with pytest.raises(SystemExit):
            migrate.main([word for word in good if not word.startswith(missing)])
        assert f'required: {missing}' in capsys.readouterr().err


def test_a_model_that_cannot_migrate(config):
    text = config.read_text().replace("type='ToyMigrator', log=", "type='ToyModel', delay=0) #")
    config.write_text(text.replace("'toy_migration'", "'toy'"))
    with pytest.raises(ConfigError, match='ToyModel has no method migrate'):
        migrate.main(toy.arguments(config))


def test_small_config(tmp_path, small_stable_diffusion):
    """The config of the docs."""
    pytest.importorskip('diffusers')
    toy.write_images(tmp_path / 'content', 2, (48, 48), classes=1)
    toy.write_images(tmp_path / 'style', 1, (48, 64), classes=1, seed=1)
    migrate.main(
        [
            str(ROOT / 'configs/cross_sensor/attention-distillation_small_64.py'),
            *(f'--{name}={tmp_path / name}' for name in ('content', 'style', 'out')),
            f'--work-dir={tmp_path / "work"}',
            '--cfg-options', f'model.pretrained={small_stable_diffusion}', 'model.steps=2',
        ]
    )  # fmt: skip
    for number in range(2):
        images = [read_raster(tmp_path / f / f'a/{number:03d}.png') for f in ('content', 'out')]
        assert images[0][0].shape == images[1][0].shape
        assert images[1][1].dtype == 'uint8'
        assert (images[0][0] != images[1][0]).mean() > 0.5
