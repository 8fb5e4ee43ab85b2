"""The tables and the curves of the bridge network paper, from runs."""

import json
from pathlib import Path

import pytest
import torch
import yaml
from analysis_tools import bridge_tables
from PIL import Image

from mmsar.apis import load_config
from mmsar.apis.training_curves import read_course, read_scalars
from mmsar.errors import ConfigError, DataError

ROOT = Path(__file__).parents[2]
CONFIGS = ROOT / 'configs/bridge'
QXS = 'bridge_r50_1xb20-200e_qxs-saropt'
METRICS = {'accuracy': 0.8, 'precision': 0.75, 'recall': 0.95, 'threshold': 0.38, 'AUC': 0.9}
METRICS |= {'AUC_low': 0.88, 'AUC_high': 0.92, 'EER': 0.18, 'best_threshold': 0.4}


def write(folder: Path, stem: str = QXS, seed: int = 0, **changes) -> Path:
    """Write what tools/test.py leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = {**METRICS, **changes.pop('metrics', {})}
    record = {
        'config': f'configs/bridge/{stem}.py',
        'checkpoint': 'gone/epoch_200.pth',
        'seed': seed,
        'metrics': {f'matching/{name}': value for name, value in metrics.items()},
        'hardware': {'processes': 1, 'cpu_threads': 8, 'gpus': []},
        'training': None,
        'date': '2026-11-21T12:00:00+00:00',
    }
    (folder / 'test_results.json').write_text(json.dumps({**record, **changes}))
    return folder


def tables(out: Path, *folders: Path) -> tuple[dict[str, list[list[str]]], dict]:
    """Run the tool; return the cells of each table, and the JSON file."""
    bridge_tables.main(['tables', *map(str, folders), '--out', str(out)])
    found = {}
    for part in (out / 'tables.md').read_text(encoding='utf-8').split('\n## ')[1:]:
        lines = [line for line in part.splitlines() if line.startswith('|')][2:]
        found[part[:7]] = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
    return found, json.loads((out / 'tables.json').read_text())


def test_rows_by_backbone_and_size(tmp_path, capsys):
    # AUC 0.90, 0.92, 0.97: mean 0.93, deviation 0.03606; accuracy 0.8 thrice
    for seed, auc in enumerate((0.90, 0.92, 0.97)):
        write(tmp_path / f'r50/{seed}', seed=seed, metrics={'AUC': auc, 'AUC_low': auc - 0.02})
    write(tmp_path / 'd53', QXS.replace('r50', 'd53'), metrics={'precision': -1.0, 'EER': None})
    write(tmp_path / '8k', f'{QXS}-8k', metrics={'threshold': 0.4})
    write(tmp_path / '4k', f'{QXS}-4k', metrics={'threshold': -5e-324, 'precision': -1.0})
    folders = [tmp_path / name for name in ('r50', 'd53', '8k', '4k', 'r50/1')]  # one of them twice
    found, content = tables(tmp_path / 'out', *folders)
    first, second = found['Table 1'], found['Table 2']
    ours = ['QXS-SAROPT', 'ResNet-50', '16,000', f'`{QXS}.py`', '3 (0, 1, 2)', '0.800 ± 0.000']
    assert [row[1] for row in first] == ['Darknet-53', 'Darknet-53', 'ResNet-50', 'ResNet-50']
    assert first[2][:6] == ours
    assert first[2][8:] == ['0.930 ± 0.036 (0.910 to 0.920)', '0.180 ± 0.000', '0.380 ± 0.000']
    published = ['*as published*', '', '0.829', '0.748', '0.993', '-', '-', '-']
    assert first[3][3:] == published
    assert first[0][5:] == ['0.800', '-', '0.950', '0.900 (0.880 to 0.920)', '-', '0.380']
    assert first[1][5:8] == ['0.828', '0.746', '0.995']
    assert [row[2] for row in second] == ['4,000'] * 2 + ['8,000'] * 2 + ['16,000'] * 2
    nothing = second.pop(0)
    assert (nothing[6], nothing[-1]) == ('-', '< 0')  # a threshold that lets nothing pass
    assert second[0][3:8] == ['*as published*', '', '0.731', '0.656', '0.972']
    assert second[1][3:6] == [f'`{QXS}-8k.py`', '1 (0)', '0.800']
    assert second[1][-1] == '0.400 †'  # the best threshold on the pairs of the test
    assert second[3][:6] == ours
    assert second[4][3:] == published
    row = content['backbones'][2]
    assert (row['pairs'], row['seeds'], row['hindsight']) == (16000, [0, 1, 2], False)
    assert row['metrics']['AUC']['values'] == [0.90, 0.92, 0.97]
    assert row['metrics']['AUC']['mean'] == pytest.approx(0.93)
    assert content['backbones'][0]['metrics']['precision']['values'] == [None]
    text = capsys.readouterr().out
    assert '6 tests' in text
    assert 'best one on the very pairs of the test' in text


def test_the_training_tells_the_size_and_the_test_the_data(tmp_path):
    config = load_config(
        CONFIGS / f'{QXS}.py', {'train_dataloader.dataset.dataset.train_size': 8000}
    )
    torch.save({'meta': {'cfg': config.pretty_text}}, tmp_path / 'epoch_1.pth')
    write(tmp_path / 'a', checkpoint=str(tmp_path / 'epoch_1.pth'))
    # Without the checkpoint, by what is left in the work folder.
    config.train_dataloader.dataset.dataset.train_size = 4000
    write(tmp_path / 'b').joinpath(f'{QXS}.py').write_text(config.pretty_text)
    config.test_dataloader.dataset.protocol = '14k6k'
    write(tmp_path / 'c', seed=1).joinpath(f'{QXS}.py').write_text(config.pretty_text)
    (tmp_path / 'c' / f'test_{QXS}.py').write_text(config.pretty_text)
    found, _ = tables(tmp_path / 'out', *(tmp_path / name for name in 'abc'))
    ours = [row[:3] for row in found['Table 2'] if row[4]]
    assert ours == [
        ['QXS-SAROPT', 'ResNet-50', '4,000'],
        ['QXS-SAROPT', 'ResNet-50', '8,000'],
    ]
    # On another test set, there is one size only: it would be in Table 1 if it were whole.
    write(tmp_path / 'd', f'{QXS}-14k6k')
    found, _ = tables(tmp_path / 'out', tmp_path / 'd')
    assert found['Table 1'][-1][:3] == ['QXS-SAROPT (14k6k)', 'ResNet-50', '14,000']


def test_other_data_are_counted_where_they_are(tmp_path, scenes, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stem = 'bridge_r18-slim_ports'
    write(tmp_path / 'w', stem)
    found, _ = tables(tmp_path / 'out', tmp_path / 'w')
    assert found['Table 1'][-1][:4] == ['ports', 'ResNet-18', '?', f'`{stem}.py`']
    assert 'not there to count' in (tmp_path / 'out/tables.md').read_text()
    options = {'data_root': str(scenes)}
    for seed, indices in enumerate((None, 2, 3)):
        options |= {'train_dataloader.dataset.dataset.indices': indices}
        text = load_config(CONFIGS / f'{stem}.py', options).pretty_text
        write(tmp_path / f'w{seed}', stem).joinpath(f'{stem}.py').write_text(text)
    found, _ = tables(tmp_path / 'out', *(tmp_path / f'w{seed}' for seed in range(3)))
    assert [row[2] for row in found['Table 1'] if row[0] == 'ports'] == ['4']
    assert [row[2] for row in found['Table 2'] if row[0] == 'ports'] == ['2', '3', '4']


def test_published_figures_are_those_of_the_page():
    known = yaml.safe_load(bridge_tables.PUBLISHED.read_text(encoding='utf-8'))['matching']
    page = (ROOT / 'docs/matching.md').read_text(encoding='utf-8')
    for row in [*known['backbones'], *known['sizes']]:
        line = (
            f'| {row.get("backbone", "ResNet-50")}, {row["pairs"]} pairs | {row["precision"]:.3f}'
        )
        assert f'{line} | {row["recall"]:.3f} |' in page
        assert f'| {row["accuracy"]:.3f} |' in page.split(line)[1].splitlines()[0]


def test_runs_that_do_not_belong(tmp_path):
    out = tmp_path / 'out'
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match=r'empty has no test_results\.json; tools/test\.py'):
        tables(out, tmp_path / 'empty')
    detector = write(tmp_path / 'detector', metrics={})
    content = json.loads((detector / 'test_results.json').read_text())
    content |= {'config': 'configs/x/yolov3_d53_ssdd.py', 'metrics': {'coco/bbox_mAP': 0.5}}
    (detector / 'test_results.json').write_text(json.dumps(content))
    with pytest.raises(DataError, match=r'of yolov3_d53_ssdd, no bridge network: .*leave its work'):
        tables(out, detector)
    a, b = write(tmp_path / 'a'), write(tmp_path / 'b')
    with pytest.raises(DataError, match=r'same config and seed \(0\); leave one out'):
        tables(out, a, b)
    config = load_config(CONFIGS / f'{QXS}.py', {'train_cfg.max_epochs': 3})
    write(b, seed=1).joinpath(f'{QXS}.py').write_text(config.pretty_text)
    with pytest.raises(DataError, match='trained with another train_cfg: they are no seeds'):
        tables(out, a, b)
    write(b, 'lost', seed=1)
    with pytest.raises(DataError, match=r'neither test_lost\.py|neither lost\.py beside it nor'):
        tables(out, b)
    assert not out.exists()
    with pytest.raises(ConfigError, match='is a file; name a folder'):
        tables(a / 'test_results.json', a)


def start(folder: Path, time: str, epochs: range, loss: float, accuracy: float | None) -> None:
    """Log two losses an epoch, and a validation after even ones."""
    path = folder / f'20261121_{time}/vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    lines = []
    for epoch in epochs:
        for half in (1, 2):
            step = 2 * (epoch - 1) + half
            lines.append({'lr': 0.1, 'loss': loss + half, 'epoch': epoch, 'step': step})
        if epoch % 2 == 0 and accuracy is not None:
            figures = {'accuracy': accuracy, 'precision': -1.0, 'recall': 0.5}
            lines.append({f'matching/{k}': v for k, v in figures.items()} | {'step': epoch})
    path.write_text(''.join(f'{json.dumps(line)}\n' for line in lines))


def test_curves_join_the_parts_of_a_resumed_run(tmp_path, capsys):
    run = tmp_path / 'run'
    start(run, '100000', range(1, 6), 4.0, 0.6)
    start(run, '110000', range(4, 7), 1.0, 0.8)
    (run / '20261121_120000').mkdir()  # a test logs no scalars
    out = tmp_path / 'curves.png'
    bridge_tables.main(['curves', str(run), '--out', str(out)])
    assert Image.open(out).size == (1200, 840)
    text = capsys.readouterr().out
    assert 'run: epoch 6, loss 2.5000, accuracy 0.800, precision not defined, recall 0.500' in text
    course = read_course(run)
    assert course.loss == {1: 5.5, 2: 5.5, 3: 5.5, 4: 2.5, 5: 2.5, 6: 2.5}
    assert course.validated['accuracy'] == {2: 0.6, 4: 0.8, 6: 0.8}
    # A part that has not validated yet replaces what came later in the former one.
    start(run, '130000', range(3, 4), 9.0, None)
    course = read_course(run)
    assert course.loss == {1: 5.5, 2: 5.5, 3: 10.5}
    assert course.validated['accuracy'] == {2: 0.6}


def test_curves_of_several_runs_have_their_own_lines(tmp_path):
    for number, name in enumerate('ab'):
        start(tmp_path / name, '100000', range(1, 4), number, 0.6 + 0.2 * number)
    out = tmp_path / 'curves.png'
    bridge_tables.main(['curves', str(tmp_path / 'a'), str(tmp_path / 'b'), '--out', str(out)])
    colours = {colour for _, colour in Image.open(out).convert('RGB').getcolors(1 << 20)}
    assert {(0, 114, 178), (213, 94, 0)} <= colours


def test_half_a_line_at_the_end_is_left_out(tmp_path, capsys):
    start(tmp_path / 'a', '100000', range(1, 4), 1.0, 0.6)
    (scalars,) = tmp_path.glob('a/*/vis_data/scalars.json')
    whole = scalars.read_text()
    scalars.write_text(whole + '{"loss": 0.')
    flags = ['curves', str(tmp_path / 'a'), '--out', str(tmp_path / 'c.png')]
    bridge_tables.main(flags)
    assert 'its last line is incomplete and left out' in capsys.readouterr().out
    with pytest.warns(UserWarning, match=r'scalars\.json: its last line is incomplete'):
        records = read_scalars(scalars)
    assert records == [json.loads(line) for line in whole.splitlines()]
    scalars.write_text('{"loss": 0.\n' + whole)
    with pytest.raises(DataError, match=r'scalars\.json, line 1 is malformed'):
        bridge_tables.main(flags)


def test_curves_of_what_is_no_such_training(tmp_path):
    out = str(tmp_path / 'c.png')
    with pytest.raises(DataError, match=r'has no \*/vis_data/scalars\.json'):
        bridge_tables.main(['curves', str(tmp_path), '--out', out])
    path = tmp_path / 'a/20261121_100000/vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    for line, message in (
        ({'coco/bbox_mAP': 0.5, 'step': 1}, 'not of a bridge network: it has coco/bbox_mAP'),
        ({'loss': 0.5, 'step': 1}, 'counts iterations, not epochs'),
        ({'lr': 0.5, 'step': 1}, 'nothing was trained'),
    ):
        path.write_text(json.dumps(line))
        with pytest.raises(DataError, match=message):
            bridge_tables.main(['curves', str(tmp_path / 'a'), '--out', out])
    with pytest.raises(ConfigError, match=r'the name must end in \.png'):
        bridge_tables.main(['curves', str(tmp_path / 'a'), '--out', 'c.jpg'])
    path.write_text(json.dumps({'loss': 0.5, 'step': 1, 'epoch': 1}))
    with pytest.raises(ConfigError, match=r'work folders of one name \(a, a\)'):
        bridge_tables.main(['curves', str(tmp_path / 'a'), str(tmp_path / 'a'), '--out', out])
