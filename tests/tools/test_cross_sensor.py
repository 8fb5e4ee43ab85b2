"""tools/experiments/cross_sensor.py: from a config to the report, stopped and started again."""

import hashlib
import json
import os
import signal
from pathlib import Path

import pytest
import toy_experiment as toy
import toy_migration
from experiments import cross_sensor
from mmengine.config import Config
from mmengine.runner import Runner

from mmsar.apis.cross_sensor import report, stages
from mmsar.apis.cross_sensor.reading import read_experiment
from mmsar.apis.cross_sensor.steps import DONE, Markers
from mmsar.apis.image_comparison import comparison
from mmsar.engine.hooks import AtomicCheckpointHook
from mmsar.engine.image_jobs.manifest import Log
from mmsar.errors import ConfigError, DataError, MMSARError

EXPERIMENTS = toy.CONFIGS / 'experiments'
# mmengine names a run by the second it began in.
pytestmark = pytest.mark.filterwarnings('ignore:.*has been created')


@pytest.fixture(scope='module', autouse=True)
def _plain_configs():
    """Configs are written many times; to lay them out nicely takes half of a short run.

    Pictures of compared images have tests of their own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
        patch.setattr('mmengine.runner.runner.collect_env', dict)
        patch.setattr(comparison, 'draw_comparison', lambda *args: None)
        yield


@pytest.fixture(scope='module')
def chips(tmp_path_factory):
    folder = tmp_path_factory.mktemp('chips')
    toy.write_chips(folder)
    return folder


def run(config, work, *flags):
    cross_sensor.main([str(config), '--work-dir', str(work), '--in-process', *flags])


def report_of(work):
    return {path.name: path.read_bytes() for path in sorted((work / 'report').iterdir())}


@pytest.fixture(scope='module')
def whole(chips, tmp_path_factory):
    """A run of two seeds, and the initial weights of its trainings."""
    work = tmp_path_factory.mktemp('whole')
    starts = []

    def note(runner):
        initialise(runner)
        values = [value.numpy().tobytes() for value in runner.model.state_dict().values()]
        starts.append((runner.seed, hashlib.sha256(b''.join(values)).hexdigest()))

    with pytest.MonkeyPatch.context() as patch:
        initialise = Runner._init_model_weights
        patch.setattr(Runner, '_init_model_weights', note)
        run(toy.write_experiment(chips), work)
    return work, starts


def test_report(whole):
    work, _ = whole
    page = (work / 'report' / 'report.md').read_text()
    assert 'as many steps as 2 epochs of the row "full", to whole epochs' in page
    assert '| SAR2 and SAR1, after adding generated images | 9 | 9 | 18 |' in page
    assert '| SAR2 | 4 | 2 |' in page
    assert '| all | 14 | 2 |' in page
    assert '57.14, 55.66, 57.14, 51.65' in page
    assert '± ' in page
    files = report_of(work)
    named = {f'table{n}.{kind}' for n in (1, 2, 3) for kind in ('md', 'csv')}
    named |= {f'figure{n}.png' for n in range(7, 12)} | {f'figure{n}.csv' for n in range(8, 12)}
    assert named | {'fidelity.csv', 'fidelity.md', 'seeds.csv', 'classes.csv'} <= set(files)
    for name in named:
        assert len(files[name]) > (3000 if name.endswith('png') else 20)


def test_test_images_are_nowhere_but_in_the_test(whole):
    work, _ = whole
    for seed in range(2):
        parts = json.loads((work / f'seed{seed}' / 'split.json').read_text())['parts']
        train, test = (
            {n for names in parts[k].values() for n in names} for k in ('data/sar2', 'test')
        )
        assert not train & test
        assert len(train) == len(test) == 4
        data, tests = (work / f'seed{seed}' / name for name in ('data', 'test'))
        linked = [path.resolve().name for path in (data / 'sar2').rglob('*.png')]
        assert sorted(linked) == sorted(Path(name).name for name in train)
        assert {p.relative_to(tests).as_posix() for p in tests.rglob('*.png')} == test
        for content in ('sar1', 'generated'):
            manifest = work / f'seed{seed}' / 'migrated' / 'matching' / content / 'manifest.jsonl'
            for line in manifest.read_text().splitlines():
                assert set(json.loads(line)['references']) <= train
        listed = (work / f'seed{seed}' / 'runs' / 'full' / 'train.csv').read_text()
        assert '../test/' not in listed


def test_every_row_has_the_same_start_and_as_many_steps(whole):
    work, starts = whole
    assert len(starts) == 6
    first, second = ({digest for seed, digest in starts if seed == n} for n in range(2))
    assert len(first) == len(second) == 1
    assert first != second
    for name, images, epochs in (('real', 4, 6), ('full', 14, 2), ('equal', 10, 3)):
        record = json.loads((work / 'seed0' / 'scores' / f'{name}.json').read_text())
        found = sum(n for part in record['images'].values() for n in part.values())
        assert (found, record['epochs'], record['steps']) == (images, epochs, 6)
        assert sum(map(sum, record['confusion'])) == 4
        assert len(record['training']['loss']) == len(record['training']['accuracy']) == epochs


def die(argv, owner, name, count):
    """Run in a process that kills itself when a function is called for the count-th time."""
    calls = []
    original = getattr(owner, name)

    def counted(*args, **kwargs):
        calls.append(None)
        if len(calls) == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    def child():
        setattr(owner, name, counted)
        run(*argv)

    assert toy_migration.status(toy_migration.fork(child)) == -signal.SIGKILL


def test_killed_again_and_again(chips, whole, tmp_path):
    """In linking, in a migration, in trainings, before a marker and in the report."""
    argv = toy.write_experiment(chips), tmp_path
    for owner, name, count in (
        (os, 'symlink', 3),
        (Log, 'append', 4),
        (AtomicCheckpointHook, '_save_checkpoint_with_step', 3),
        (Markers, 'write', 3),  # begun, done, begun
        (stages, 'write_json', 4),
        (report, 'replacing', 9),
    ):
        done = {p: p.read_text() for p in (tmp_path / 'steps').rglob('*.json')}
        done = {path: text for path, text in done.items() if f'"{DONE}"' in text}
        times = {path: path.stat().st_mtime_ns for path in done}
        die(argv, owner, name, count)
        assert times == {path: path.stat().st_mtime_ns for path in done}
    run(*argv)
    assert report_of(tmp_path) == report_of(whole[0])


def test_more_rows_and_seeds_keep_what_is_done(chips, tmp_path, capsys):
    few = dict(
        generated=None, fidelity=None, downstream=dict(config=f'{chips}/classifier.py', epochs=1)
    )
    rows = dict(rows=dict(real=dict(train=['sar2'])), comparisons=dict(table2=dict(rows=['real'])))
    run(toy.write_experiment(chips, **few, **rows), tmp_path, '--seeds', '1')
    first = (tmp_path / 'seed0' / 'scores' / 'real.json').stat().st_mtime_ns
    page = capsys.readouterr().out
    assert 'all trainings have 1 epochs' in page
    assert '| SAR2 | 4 | 1 |' in page
    assert '±' not in page.partition('## Table 2')[2]
    # Labels are not what results depend on.
    rows['rows']['real']['label'] = 'real images'
    config = toy.write_experiment(chips, **few, **rows)
    run(config, tmp_path, '--seeds', '2', '--list')
    listed = capsys.readouterr().out
    assert 'done seed0/classify/real' in listed
    assert '     seed1/classify/real' in listed
    assert '4 steps of 2 seeds, 2 of them done' in listed
    assert (tmp_path / 'seed0' / 'scores' / 'real.json').stat().st_mtime_ns == first
    # Other settings, other data.
    few['downstream']['epochs'] = 2
    with pytest.raises(DataError, match=r'classify/real\.json: this step was begun with other'):
        run(toy.write_experiment(chips, **few, **rows), tmp_path)
    few['downstream']['epochs'] = 1
    with pytest.raises(DataError, match=r'seed0/split\.json: this step was begun with other'):
        run(
            toy.write_experiment(chips, **few, **rows), tmp_path,
            '--cfg-options', 'data.split.train=0.3',
        )  # fmt: skip


def test_a_failed_step_names_its_log_and_others_go_on(chips, tmp_path):
    config = toy.write_experiment(
        chips,
        generated=None,
        fidelity=None,
        downstream=dict(config=f'{chips}/classifier.py', epochs=1),
        methods=dict(
            broken=dict(
                config=str(toy.CONFIGS / 'histogram-matching_aircraft.py'),
                options={'test_cfg.styles.number': 99},
            )
        ),
        rows=dict(bad=dict(train=['sar2', 'broken/sar1']), real=dict(train=['sar2'])),
        comparisons=dict(table2=dict(rows=['real', 'bad'])),
        seeds=1,
    )
    with pytest.raises(MMSARError) as failed:
        run(config, tmp_path)
    message = str(failed.value)
    log = tmp_path / 'logs' / 'seed0' / 'migrate' / 'broken' / 'sar1.log'
    assert '2 of 4 steps are not done' in message
    assert f'its log is {log}, which ends:' in message
    assert 'styles.number=99 are needed' in message
    assert 'seed0/classify/bad needs seed0/migrate/broken/sar1, which has failed' in message
    page = (tmp_path / 'report' / 'report.md').read_text()
    assert 'Not done, so the tables are incomplete: seed0/migrate/broken/sar1' in page
    assert '| SAR2 | 4 | 1 |' in page


def test_trained_methods_and_generators(chips, tmp_path, monkeypatch):
    """What the tools are called with; they have tests of their own."""
    calls = []

    def tool(context, name, *arguments):
        calls.append((name, *(str(a).replace(str(context.work), 'W') for a in arguments)))

    monkeypatch.setattr(stages.Context, 'tool', tool)
    monkeypatch.setattr(stages, 'STAGES', {**stages.STAGES, 'classify': lambda *a, **k: None})
    monkeypatch.setattr(report.Report, 'write', lambda *a: chips / 'classifier.py')
    translation = dict(
        config=str(toy.CONFIGS / 'histogram-matching_aircraft.py'),
        options={'test_cfg.styles.sets': 3},
        batch_size=2,
        train=dict(
            config=str(toy.CONFIGS / 'unet-small_1xb8-1k_aircraft.py'),
            options={'train_dataloader.dataset.dataset.data_root': '{data}'},
        ),
    )
    lora = str(toy.CONFIGS / 'sd3-tiny-lora_64_aircraft.py')
    config = toy.write_experiment(
        chips,
        methods=dict(gan=translation),
        generated=dict(
            config=lora, counts={'B-52': 5, 'F-16': 7}, train=dict(options={'data_root': '{sar1}'})
        ),
        downstream=dict(config=f'{chips}/classifier.py'),
        rows=dict(all=dict(train=['sar2', 'gan/sar1', 'gan/generated'])),
        comparisons=dict(table2=dict(rows=['all'])),
        fidelity=None,
        seeds=1,
    )
    run(config, tmp_path)
    by_tool = {
        name: [c[1:] for c in calls if c[0] == name] for name in ('train', 'migrate', 'generate')
    }
    assert by_tool['train'] == [
        (f'W/{net}/config.py', '--work-dir', f'W/{net}', '--resume')
        for net in ('shared/networks/generated', 'seed0/networks/gan')
    ]
    assert [call[1:6] for call in by_tool['generate']] == [
        ('W/shared/networks/generated', '--classes', name, '--number', number)
        for name, number in (('B-52', '5'), ('F-16', '7'))
    ]
    for call, content, out in zip(
        by_tool['migrate'],
        ('seed0/data/sar1', 'shared/generated'),
        ('sar1', 'generated'),
        strict=True,
    ):
        assert call[1:7] == (
            'W/seed0/networks/gan', f'--content=W/{content}', '--style=W/seed0/data/sar2',
            f'--out=W/seed0/migrated/gan/{out}', '--batch-size', '2',
        )  # fmt: skip
    for net, data in (('seed0/networks/gan', 'seed0/data'),
                      ('shared/networks/generated', 'shared/data/sar1')):  # fmt: skip
        trained = Config.fromfile(tmp_path / net / 'config.py')
        found = trained.train_dataloader.dataset.dataset.data_root
        assert Path(found) == tmp_path / data
    assert len(list((tmp_path / 'shared/data/sar1').rglob('*.png'))) == 6
    assert not (tmp_path / 'shared/data/sar2').exists()


@pytest.mark.parametrize(
    ('options', 'match'),
    [
        (['data.sar1=none'], r'data\.sar1 .*none is not a folder'),
        (['data.classes=[B-52,C-17,F-16]'], 'no images of C-17'),
        (['data.classes=[B-52]'], 'other classes: F-16'),
        (['data.split.train=4'], 'class B-52 has 4 images; 4 to train'),
        (['data.sar1_counts=9'], 'sar1_counts: 9 images of B-52 are wanted, and there are 3'),
        (['data.folder=x'], "data: there is no setting 'folder'"),
        (['methods.matching.options_=x'], "methods.matching: .* 'options_'; did you mean options"),
        (['methods.matching.config=none.py'], r'config file none\.py does not exist'),
        (['methods.matching.options.nothing=1'], '--cfg-options nothing: unknown setting'),
        (['methods.matching.train=True', 'methods.matching.checkpoint=x'], 'train and checkpoint'),
        (['methods.matching.train=True'], 'trains nothing'),
        (['rows.equal.train=[sar2,matchingg/sar1]'], "'matchingg'; did you mean matching"),
        (['rows.equal.train=sar2'], r"rows\.equal\.train='sar2'; give a list"),
        (['rows.equal.equal_to=sar3'], "no images 'sar3'; did you mean sar"),
        (['rows.equal.paper=[1,2]'], r'rows\.equal\.paper: give accuracy'),
        (['comparisons.table2.reference=none'], "there is no row 'none'"),
        (['generated.counts=3'], 'generated.counts: 3 images of B-52'),
        (['rows.equal.train=[sar2,generated]'], 'asks for 3 images of B-52, and there are 2'),
        (['downstream.steps_of=none'], "downstream.steps_of: no row 'none'"),
        (['downstream.config=NET'], 'is not of a classifier'),
        (['fidelity.features.row=none'], "there is no row 'none'"),
        (['fidelity.features.config=x'], 'give config and checkpoint, or row'),
        (['generated.config=x'], 'generated: give folder=DIR, or config=FILE'),
        (['seeds=0'], 'seeds=0'),
        (['picture=x'], "there is no setting 'picture'; did you mean pictures"),
    ],
)  # fmt: skip
def test_bad_settings(chips, tmp_path, options, match):
    config = toy.write_experiment(chips)
    network = str(toy.CONFIGS / 'unet-small_1xb8-1k_aircraft.py')
    options = [option.replace('NET', network) for option in options]
    with pytest.raises((ConfigError, DataError), match=match):
        run(config, tmp_path / 'work', '--cfg-options', *options)
    assert not (tmp_path / 'work').exists()


def test_bad_flags_and_configs(chips, tmp_path):
    config = toy.write_experiment(chips)
    with pytest.raises(ConfigError, match='--in-process is for one step at a time'):
        run(config, tmp_path, '--processes', '2')
    with pytest.raises(ConfigError, match=r'config file .*none\.py does not exist'):
        run(tmp_path / 'none.py', tmp_path)
    lines = config.read_text().splitlines()
    config.write_text('\n'.join(line for line in lines if not line.startswith('downstream')))
    with pytest.raises(ConfigError, match='downstream is missing'):
        run(config, tmp_path)


@pytest.mark.parametrize('path', sorted(EXPERIMENTS.glob('*.py')), ids=lambda path: path.stem)
def test_shipped_experiments(path):
    experiment = read_experiment(path)
    assert {'table2', 'table3', 'table4'} <= set(experiment.comparisons)
    assert sum(experiment.rows['sar2'].paper) > 200
    root = toy.CONFIGS.parent.parent
    named = [experiment.downstream.config, *(m.config for m in experiment.methods.values())]
    assert all((root / name).parent.is_dir() for name in named)
    assert (root / experiment.downstream.config).is_file()
