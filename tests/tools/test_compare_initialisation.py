"""Comparing starts: settings of the runs, statistics, and the tool from end to end."""

import json
import math

import pytest
import torch
from analysis_tools import compare_initialisation
from mmengine.config import Config
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.apis.initialisation.runs import Run, chosen_scenes, fingerprint, read_curve, run_config
from mmsar.apis.initialisation.table import Difference, paired_difference, render, verdict
from mmsar.errors import CheckpointError, ConfigError, DataError, MMSARError
from mmsar.registry import MODELS

DETECTOR = ROOT / 'configs/bridge/faster-rcnn_r18-slim_fpn_crops_ports.py'


def backbone():
    settings = load_config(DETECTOR).model.backbone
    return MODELS.build({**settings, 'init_cfg': None, '_scope_': 'mmdet'})


def test_scenes_are_nested_and_follow_the_seed():
    few, many = chosen_scenes(100, 10, seed=1), chosen_scenes(100, 40, seed=1)
    assert set(few) < set(many)
    assert len(few) == 10
    assert chosen_scenes(100, 10, seed=2) != few
    with pytest.raises(ConfigError, match='--scenes 101: the training set of this config has 100'):
        chosen_scenes(100, 101, seed=0)


def test_runs_are_equally_long():
    config = load_config(DETECTOR)
    few = run_config(config, Run('scratch', None, 16, 3), 160, 300, 3)
    many = run_config(config, Run('scratch', None, 128, 3), 160, 300, 3)
    assert few.train_cfg.max_epochs == 38  # 8 steps each, 300 in all
    assert many.train_cfg.max_epochs == 5  # 64 steps each
    assert few.param_scheduler[1].T_max == 38
    assert few.param_scheduler[0] == config.param_scheduler[0]  # counted in steps
    assert (few.train_cfg.val_interval, many.train_cfg.val_interval) == (13, 2)
    assert len(few.train_dataloader.dataset.dataset.indices) == 16
    assert few.randomness.seed == 3
    assert config.train_cfg.max_epochs == 20  # untouched


def test_fingerprint_tells_runs_apart(tmp_path):
    config = load_config(DETECTOR)
    weights = tmp_path / 'a.pth'
    torch.save({'state_dict': {}}, weights)

    def prints(run, **changes):
        settings = run_config(config, run, 160, 100, 2)
        settings.merge_from_dict(changes)
        return fingerprint(settings)

    run = Run('bridge', str(weights), 16, 0)
    first = prints(run)
    assert prints(run, **{'train_dataloader.num_workers': 7}) == first
    assert prints(run, **{'train_dataloader.dataset.dataset.data_root': 'elsewhere'}) == first
    assert prints(run, **{'optim_wrapper.optimizer.lr': 0.5}) != first
    assert prints(Run('bridge', str(weights), 16, 1)) != first
    torch.save({'state_dict': {'x': torch.ones(3)}}, weights)
    assert prints(run) != first


def test_paired_difference():
    reference = {0: 0.5, 1: 0.6, 2: 0.7}
    difference = paired_difference({0: 0.6, 1: 0.68, 2: 0.82, 3: 0.0}, reference)
    # Differences .1, .08, .12: mean .1, standard deviation .02; t(.975, 2) = 4.302653
    assert difference.mean == pytest.approx(0.1)
    assert difference.half_width == pytest.approx(4.302653 * 0.02 / math.sqrt(3), rel=1e-6)
    assert difference.sign == 1
    assert paired_difference({0: 0.4}, reference).half_width == math.inf
    assert math.isnan(paired_difference({9: 0.4}, reference).mean)


@pytest.mark.parametrize(
    ('signs', 'said'),
    [
        ((1, 1, 0, 0), 'better with 16, 32 images; no gain to be seen from 64 images on'),
        ((0, 0, 0, 0), 'not better with any number'),
        ((1, 1, 1, 1), 'better with 16, 32, 64, 128 images; the gain has not vanished'),
        ((0, -1, 0, 0), 'not better with any number; worse with 32'),
    ],
)
def test_verdict(signs, said):
    sizes = (16, 32, 64, 128)
    found = verdict({n: Difference(0.1 * sign, 0.05) for n, sign in zip(sizes, signs, strict=True)})
    assert found.startswith(said)


def record(start, scenes, seed, value):
    return {'start': start, 'scenes': scenes, 'seed': seed, 'curve': [[1, 0.0], [2, value]]}


def test_table():
    records = [
        record(start, 16, seed, value)
        for start, values in (('scratch', (0.2, 0.3)), ('bridge', (0.4, 0.5)))
        for seed, value in enumerate(values)
    ]
    text = render(records, 'scratch', 'AP50')
    assert '| scratch | 0.250 ± 0.071 (2) |' in text
    assert '| bridge | **+0.200 ± 0.000** |' in text
    assert '- bridge: better with 16 images' in text


def test_curve_of_a_resumed_run(tmp_path):
    for name, lines in (
        (
            '20260101_000000',
            [{'loss': 1, 'step': 1}, {'a/b': 0.1, 'step': 1}, {'a/b': 9, 'step': 2}],
        ),
        ('20260102_000000', [{'a/b': 0.2, 'step': 2}]),
    ):
        folder = tmp_path / name / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))
    with (folder / 'scalars.json').open('a') as log:  # killed while it wrote
        log.write('\n{"a/b": 0.')
    assert read_curve(tmp_path, 'a/b') == [(1, 0.1), (2, 0.2)]
    with pytest.raises(DataError, match='no values of x/y; it has a/b'):
        read_curve(tmp_path, 'x/y')


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['--start', 'scratch=x'], 'scratch=x: give NAME=CHECKPOINT, or scratch'),
        (['--start', 'bridge'], 'bridge: give NAME=CHECKPOINT, or scratch'),
        (['--start', 'bridge=none.pth'], 'there is no file none.pth'),
        (['--start', 'scratch', '--start', 'scratch'], 'a name of its own'),
        (['--start', 'a/b=c'], 'letters, digits and hyphens'),
        (['--start', 'scratch', '--reference', 'x'], '--reference x: the starts are scratch'),
    ],
)
def test_wrong_flags(tmp_path, flags, message):
    with pytest.raises(ConfigError, match=message):
        compare_initialisation.main(
            [str(DETECTOR), '--scenes', '4', '--out', str(tmp_path / 'out'), *flags]
        )


def test_a_start_of_something_else_is_refused_before_the_first_run(tmp_path, monkeypatch):
    monkeypatch.setattr(compare_initialisation, 'count_images', lambda config: 160)
    whole = {f'sar_branch.backbone.{k}': v for k, v in backbone().state_dict().items()}
    torch.save({'state_dict': whole}, tmp_path / 'whole.pth')
    (tmp_path / 'text.png').write_text('no weights')
    flags = ['--scenes', '4', '--out', str(tmp_path / 'out')]
    for name, message in (
        ('whole.pth', r'--start b=\S+whole\.pth: .* has 0% of the weights of model\.backbone \(R'),
        ('text.png', r'--start b=\S+text\.png: '),
    ):
        with pytest.raises(CheckpointError, match=message):
            compare_initialisation.main([str(DETECTOR), '--start', f'b={tmp_path / name}', *flags])


def test_a_training_set_that_chooses_itself_is_refused():
    config = load_config(DETECTOR, {'train_dataloader.dataset.dataset.indices': [1, 2]})
    with pytest.raises(ConfigError, match=r'mmsar\.CocoDetection .* has indices; starts are'):
        run_config(config, Run('scratch', None, 1, 0), 2, 10, 1)


class TestTool:
    """With a training that writes what a detector's would."""

    @pytest.fixture
    def call(self, tmp_path, monkeypatch):
        calls = []

        def run(command, stdout, **_):
            config = Config.fromfile(command[2])
            name = config.filename.split('/')[-2]
            calls.append(name)
            if failing and name.endswith(failing[0]):
                stdout.write('Traceback\nmmsar: no luck\n')
                return type('Result', (), {'returncode': 1})
            folder = tmp_path / 'out/runs' / name / '2026/vis_data'
            folder.mkdir(parents=True)
            better = 0.0 if config.model.backbone.init_cfg is None else 0.2
            lines = [{'coco/bbox_mAP_50': 0.1 * step + better, 'step': step} for step in (1, 2)]
            (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))
            return type('Result', (), {'returncode': 0})

        failing = []
        monkeypatch.setattr(compare_initialisation.subprocess, 'run', run)
        monkeypatch.setattr(compare_initialisation, 'count_images', lambda config: 160)
        torch.save({'state_dict': backbone().state_dict()}, tmp_path / 'sar.pth')

        def call(*flags):
            calls.clear()
            compare_initialisation.main(
                [
                    *(
                        str(DETECTOR),
                        '--start',
                        'scratch',
                        f'--start=bridge={tmp_path / "sar.pth"}',
                    ),
                    *('--scenes', '16', '--seeds', '0', '1', '--out', str(tmp_path / 'out')),
                    *flags,
                ]
            )
            return list(calls)

        call.failing = failing
        return call

    def test_all_runs_then_none(self, call, tmp_path, capsys):
        assert sorted(call()) == [
            'bridge_16_seed0',
            'bridge_16_seed1',
            'scratch_16_seed0',
            'scratch_16_seed1',
        ]
        assert '| bridge | **+0.200 ± 0.000** |' in capsys.readouterr().out
        assert (tmp_path / 'out/table.md').read_text().count('| bridge |') == 2
        assert (tmp_path / 'out/curves.png').stat().st_size > 5000
        assert call() == []
        assert call('--scenes', '16', '32', '--seeds', '0') == [
            'scratch_32_seed0',
            'bridge_32_seed0',
        ]

    def test_a_failed_run_stops_and_is_taken_up(self, call):
        call.failing.append('bridge_16_seed1')
        with pytest.raises(MMSARError, match='run bridge_16_seed1 failed: mmsar: no luck'):
            call()
        call.failing.clear()
        assert call() == ['bridge_16_seed1']

    def test_records_of_other_settings_are_refused(self, call, tmp_path):
        call()
        with pytest.raises(DataError, match='record of a run with other settings'):
            call('--iterations', '7')
        with pytest.raises(ConfigError, match=r'the records in .* hold coco/bbox_mAP_50'):
            call('--metric', 'coco/bbox_mAP')
        (tmp_path / 'out/bridge_16_seed0.json').write_text('{')
        with pytest.raises(DataError, match=r'bridge_16_seed0\.json is no record of a run'):
            call()
