import json
from pathlib import Path

import pytest
from analysis_tools import collect_results
from analysis_tools.collect_results import published

from mmsar.apis.results.few_shot import published_tables
from mmsar.apis.results.page import duration, render
from mmsar.apis.results.records import read_record
from mmsar.errors import DataError

ROOT = Path(__file__).parents[2]
CONFIG = 'configs/faster_rcnn/faster-rcnn_r50_fpn_1xb8-14e_ssdd.py'
STEM = Path(CONFIG).stem


def content(seed=0, ap=0.6, ap50=0.9, **changes):
    return {
        'config': CONFIG,
        'checkpoint': '/home/somebody/work_dirs/x/epoch_14.pth',
        'epoch': 14,
        'iter': 1624,
        'seed': seed,
        'metrics': {'coco/bbox_mAP': ap, 'coco/bbox_mAP_50': ap50, 'coco/bbox_mAP_l': -1.0},
        'hardware': {'processes': 1, 'cpu_threads': 8, 'gpus': ['Radar 9']},
        'training': {'seconds': 3700.0, 'processes': 2, 'gpus': ['Radar 9', 'Radar 9']},
        'versions': {'python': '3.11.7'},
        'date': '2026-11-21T12:00:00+00:00',
        **changes,
    }


def write(folder, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'test_results.json').write_text(json.dumps(content(**changes)))
    return folder


@pytest.fixture
def collect(tmp_path, capsys):
    """Run the tool on a folder of records; return the page and what was printed."""

    def run(*sources):
        flags = ['--records', str(tmp_path / 'records'), '--page', str(tmp_path / 'page.md')]
        collect_results.main([*map(str, sources), *flags])
        return (tmp_path / 'page.md').read_text(), capsys.readouterr().out

    return run


def rows(page, title, *words):
    """Return the cells of the rows in one section that have all the words."""
    section = page.split(f'## {title}\n')[1].split('\n## ')[0]
    lines = [line for line in section.splitlines() if all(word in line for word in words)]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]


def test_the_page_in_the_repository_is_that_of_its_records():
    records = [read_record(path) for path in sorted((ROOT / 'docs/results').glob('*.json'))]
    expected = render(records, published(), published_tables(ROOT / 'docs/results'))
    assert (ROOT / 'docs/results.md').read_text(encoding='utf-8') == expected


def test_mean_and_deviation_of_three_seeds(tmp_path, collect):
    # 0.60, 0.62, 0.67: mean 0.63, squares 9 + 1 + 16 = 26e-4, / 2 = 13e-4, root 0.03606
    for seed, ap in enumerate((0.60, 0.62, 0.67)):
        training = {'seconds': 3600.0 + 60 * seed, 'processes': 1, 'gpus': ['Radar 9']}
        write(tmp_path / 'w' / str(seed), seed=seed, ap=ap, ap50=0.9, training=training)
    page, _ = collect(tmp_path / 'w')
    (row,) = rows(page, 'SSDD', STEM)
    assert row[:3] == ['Faster R-CNN', f'`{STEM}.py`', '3 (0, 1, 2)']
    assert row[3:] == ['0.630 ± 0.036', '0.900 ± 0.000', '1 x Radar 9', '1 h 01 min']


def test_one_seed_has_no_deviation(tmp_path, collect):
    page, _ = collect(write(tmp_path / 'w'))
    (row,) = rows(page, 'SSDD', STEM)
    assert row[2:] == ['1 (0)', '0.600', '0.900', '2 x Radar 9', '1 h 02 min']


def test_published_figures_stand_beside_ours(collect):
    page, _ = collect()
    assert page.count('not run') == 16
    assert page.count('*as published*') == 16
    table = rows(page, 'SSDD', '|')[2:]
    assert [row[4] for row in table[1::2]] == ['0.9624', '0.9679', '0.9447', '0.9468']
    assert table[0][:3] == ['Faster R-CNN', f'`{STEM}.py`', 'not run']
    assert table[2][1] == '`faster-rcnn_r50_fpn_bridge_1xb8-14e_ssdd.py`'
    assert table[4][0] == 'YOLOv3'


def test_records_have_no_paths(tmp_path, collect):
    collect(write(tmp_path / 'a'), write(tmp_path / 'b', seed=1, config='/home/me/own_ports.py'))
    files = sorted((tmp_path / 'records').iterdir())
    assert [path.name for path in files] == [f'{STEM}_seed0.json', 'own_ports_seed1.json']
    assert not any('/home' in path.read_text() for path in files)
    assert json.loads(files[0].read_text())['config'] == CONFIG


def test_the_newer_of_two_records_stays(tmp_path, collect):
    first, second = ('2026-11-21T12:00:00+00:00', '2026-11-22T12:00:00+00:00')
    collect(write(tmp_path / 'a', ap=0.5, date=first))
    page, text = collect(write(tmp_path / 'b', ap=0.7, date=second))
    assert f'replaced the record of {first}' in text
    assert rows(page, 'SSDD', STEM)[0][3] == '0.700'
    again, text = collect(tmp_path / 'a', tmp_path / 'b')
    assert 'is newer than' in text
    assert 'is there already' in text
    assert again == page


def test_two_files_of_the_same_run_are_refused(tmp_path, collect):
    collect(write(tmp_path / 'a'))
    (path,) = (tmp_path / 'records').iterdir()
    (tmp_path / 'records' / 'copy.json').write_text(path.read_text())
    with pytest.raises(DataError, match=r'copy\.json and .*seed0\.json are of the same config'):
        collect()


def test_further_figures_have_columns_where_there_are_any(tmp_path, collect):
    metrics = {'coco/bbox_mAP_50': 0.8, 'Pd': 0.95, 'false_alarms_per_image': 0.25}
    page, _ = collect(write(tmp_path / 'a', metrics=metrics, seed=None))
    (row,) = rows(page, 'SSDD', STEM)
    assert row[2:7] == ['1 (none)', '', '0.800', '0.950', '0.250']
    assert rows(page, 'SSDD', 'detector')[0][5:7] == ['Pd', 'false alarms per image']
    assert 'Pd' not in rows(page, 'HRSID', 'detector')[0]


def test_matching_has_a_table_of_its_own(tmp_path, collect):
    metrics = {'matching/accuracy': 0.9, 'matching/AUC': 0.95, 'matching/EER': 0.1}
    config = 'configs/bridge/bridge_r50_1xb20-200e_ssdd.py'
    write(tmp_path / 'a')
    page, _ = collect(tmp_path / 'a', write(tmp_path / 'b', config=config, metrics=metrics))
    (row,) = rows(page, 'SSDD', Path(config).stem)
    assert row[:3] == ['Bridge network', f'`{Path(config).name}`', '1 (0)']
    assert row[3:9] == ['0.900', '', '', '', '0.950', '0.100']
    assert rows(page, 'SSDD', 'network | config')[0][3:5] == ['accuracy', 'precision']
    assert rows(page, 'SSDD', 'detector | config')[0][3:5] == ['AP', 'AP50']


def test_a_baseline_stands_in_the_table_of_its_data_set(tmp_path, collect):
    baseline = content(detector='CA-CFAR', data_set='ssdd', note='best of 15 thresholds (5 dB)')
    baseline |= {'metrics': {'coco/bbox_mAP_50': 0.53}, 'annotations': '/home/me/test.json'}
    for key in ('config', 'seed', 'training'):
        baseline.pop(key)
    (tmp_path / 'cfar.json').write_text(json.dumps(baseline))
    page, _ = collect(tmp_path / 'cfar.json')
    (row,) = rows(page, 'SSDD', 'CA-CFAR')
    assert row == ['CA-CFAR', 'best of 15 thresholds (5 dB)', '', '', '0.530', '', '']
    (path,) = (tmp_path / 'records').iterdir()
    assert path.name == 'ca-cfar_ssdd.json'
    assert '/home' not in path.read_text()


@pytest.mark.parametrize(
    ('training', 'hardware'),
    [
        (None, '1 x Radar 9'),  # of the test
        ({'seconds': 1, 'processes': 1, 'gpus': []}, '8 CPU threads'),
        ({'seconds': 1, 'processes': 2, 'gpus': []}, '2 processes on CPUs'),
    ],
)
def test_hardware_is_that_of_the_training(tmp_path, training, hardware):
    path = write(tmp_path, training=training) / 'test_results.json'
    assert read_record(path).hardware == hardware


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{"config": ', r'test_results\.json cannot be read as JSON'),
        ('[]', r'test_results\.json is no record of test results: it is not an object'),
        (json.dumps({'metrics': {}}), 'detector is missing'),
        (json.dumps(content(config=3)), 'config is 3'),
        (json.dumps(content(seed='0')), "seed is '0'"),
        (json.dumps(content(metrics={'Pd': 'high'})), "Pd is 'high'"),
        (json.dumps(content(hardware={'processes': 1, 'gpus': []})), 'cpu_threads is missing'),
        (json.dumps(content(training={'processes': 1, 'gpus': []})), 'seconds is missing'),
    ],
)
def test_a_broken_record_is_named(tmp_path, collect, text, message):
    (tmp_path / 'test_results.json').write_text(text)
    with pytest.raises(DataError, match=message):
        collect(tmp_path)
    assert not (tmp_path / 'records').exists()


def test_a_folder_without_results_is_named(tmp_path, collect):
    with pytest.raises(DataError, match=r'has no test_results\.json; tools/test\.py'):
        collect(tmp_path)


@pytest.mark.parametrize(
    ('seconds', 'text'),
    [(12.4, '12 s'), (59.6, '1 min 00 s'), (248, '4 min 08 s'), (3599.7, '1 h 00 min'),
     (7170, '2 h 00 min')],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


def few_shot_table(folder, **changes):
    folder.mkdir(parents=True)
    row = {'start': 'random', 'pool': 'mean', 'head': 'nearest', 'seeds': 3, 'accuracy': {'0': 1}}
    rows = [
        {**row, 'shots': 1, 'mean': 12.34, 'half_width_95': 1.26},
        {**row, 'shots': 'all', 'mean': 50.0, 'half_width_95': None},
    ]
    config = '/home/somebody/hivit-slim_linear_mstar-soc10.py'
    content = {'title': 'x', 'rows': rows, 'config': config, 'hardware': {}}
    (folder / 'table.json').write_text(json.dumps(content | changes))
    return folder


def test_tables_of_few_shots_stand_under_their_data_set(tmp_path, collect):
    page, _ = collect(few_shot_table(tmp_path / 'mine'), write(tmp_path / 'w'))
    (header,) = rows(page, 'MSTAR, small copy (10 classes)', 'few shots')
    (row,) = rows(page, 'MSTAR, small copy (10 classes)', 'random')
    assert header == ['few shots', '1', 'all chips']
    assert row == ['random mean nearest', '12.3 [1.3]', '50.0']
    record = (tmp_path / 'records/few_shot/mine.json').read_text()
    assert 'somebody' not in record
    assert '"accuracy"' not in record
    assert rows(page, 'SSDD', STEM)


def test_a_damaged_table_of_few_shots_is_named(tmp_path, collect):
    with pytest.raises(DataError, match=r'table\.json is no table of few_shot\.py'):
        collect(few_shot_table(tmp_path / 'mine', rows=[{'start': 'random'}]))


def test_classifiers_have_their_accuracy(tmp_path, collect):
    config = 'configs/saratrx/hivit-slim_finetune_1xb25-coslr-50e_mstar-soc10.py'
    for seed, top1 in ((0, 80.0), (1, 90.0)):
        metrics = {'accuracy/top1': top1}
        write(tmp_path / str(seed), config=config, seed=seed, metrics=metrics)
    page, _ = collect(tmp_path)
    (row,) = rows(page, 'MSTAR, small copy (10 classes)', 'finetune')
    assert (row[0], row[3]) == ('HiViT-slim', '85.000 ± 7.071')
