"""The few-shot tool from end to end, on a tiny backbone."""

import json
import shutil

import numpy as np
import pytest
import torch
from analysis_tools import few_shot
from toy_recognition import CLASSES, write_config

from mmsar.apis import load_config
from mmsar.apis.few_shot import starts
from mmsar.apis.few_shot.draws import make_draws, short_of
from mmsar.apis.few_shot.table import interval, render
from mmsar.apis.recognition.encoders import build_backbone
from mmsar.apis.recognition.sets import ChipSet, read_chip_sets
from mmsar.datasets.recognition.few_shot import draw_shots
from mmsar.errors import CheckpointError, ConfigError, DataError

TABLES = ('table.md', 'table.csv', 'table.json', 'splits.json')


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return write_config(tmp_path_factory.mktemp('recognition'))


@pytest.fixture
def call(config, tmp_path, monkeypatch):
    def call(*flags, out='out'):
        seen.clear()
        few_shot.main(
            [
                *(str(config), '--shots', '1', '4', '--seeds', '0..2', '--embed', 'none'),
                *('--weights', f'toy={config.parent / "weights.pth"}', '--out'),
                *(str(tmp_path / out), *flags),
            ]
        )
        return sum(seen)

    seen = []
    forward = starts.StartEncoder._forward

    def count(self, images):
        seen.append(len(images))
        return forward(self, images)

    monkeypatch.setattr(starts.StartEncoder, '_forward', count)
    return call


def read(folder):
    return [(folder / name).read_bytes() for name in TABLES]


def test_starts_heads_and_pools(call, tmp_path, capsys):
    flags = ('--baseline', 'random', '--baseline', 'pixels', '--baseline', 'timm-resnet50')
    heads = ('--head', 'published', 'nearest', '--pool', 'mean', 'grid', '--shots', '4')
    assert call(*flags, *heads, '--embed', 'tsne') == 2 * (36 + 24)
    out = capsys.readouterr().out
    assert '--baseline timm-resnet50 is left out: give its weights: timm-resnet50=FILE' in out
    assert 'Difference to pixels, seed by seed' in out
    table = json.loads((tmp_path / 'out/table.json').read_text())
    assert {'title', 'config', 'hardware'} < table.keys()
    rows = table['rows']
    assert len(rows) == 2 * 2 * 2 + 1
    kinds = {(row['start'], row['pool'], row['head']) for row in rows}
    assert ('pixels', 'pixels', 'nearest') in kinds
    assert ('random', 'grid', 'published') in kinds
    for row in rows:
        assert row['seeds'] == 3
        assert row['mean'] == pytest.approx(np.mean(list(row['accuracy'].values())), abs=1e-3)
        assert 0 < row['mean'] < 100
    record = json.loads((tmp_path / 'out/records/pixels_pixels_nearest_4.json').read_text())
    confusion = np.array(record['runs']['2']['confusion'])
    assert confusion.sum(1).tolist() == [8, 8, 8]
    assert record['runs']['2']['accuracy'] == pytest.approx(100 * confusion.trace() / 24)
    for name in ('curves', 'confusion_toy_mean_published', 'tsne_toy', 'tsne_pixels'):
        assert (tmp_path / f'out/{name}.png').stat().st_size > 5000


def test_correlation_takes_the_chip_that_a_loop_finds(call, config, tmp_path):
    call('--baseline', 'correlation', '--shots', '2', '--seeds', '1')
    train, test = read_chip_sets(load_config(config))
    (draw,) = make_draws(train, [2], [1]).values()
    known, unseen = (
        [np.float64(chips.data[n]['inputs'].numpy().ravel()) for n in range(len(chips.paths))]
        for chips in (train, test)
    )
    found = [
        train.labels[max(draw, key=lambda n: np.corrcoef(known[n], chip)[0, 1])] for chip in unseen
    ]
    expected = 100 * np.mean(found == test.labels)
    record = json.loads((tmp_path / 'out/records/correlation_pixels_nearest_2.json').read_text())
    assert record['runs']['1']['accuracy'] == pytest.approx(expected)


def test_again_elsewhere_and_after_a_kill(call, tmp_path, monkeypatch):
    call()
    first = read(tmp_path / 'out')
    assert call() == 0  # features and records are there
    assert read(tmp_path / 'out') == first
    assert call(out='other') == 60
    assert read(tmp_path / 'other') == first
    # Killed while features were taken, and once more at the second record
    whole = starts.cached_features

    def die(folder, keys, count, compute, done):
        whole(folder, keys, count, compute, done)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(starts, 'cached_features', die)
        with pytest.raises(KeyboardInterrupt):
            call(out='killed')
    assert call(out='killed') == 24  # those of the test part
    (tmp_path / 'killed/records/toy_mean_published_4.json').unlink()
    (tmp_path / 'killed/table.md').unlink()
    assert call(out='killed') == 0
    assert read(tmp_path / 'killed') == first


def test_seeds_come_in_any_order(call, tmp_path):
    call('--seeds', '0..2')
    whole = read(tmp_path / 'out')
    for seeds in ('2', '0..4', '0..2'):
        call('--seeds', seeds, out='parts')
    assert read(tmp_path / 'parts') == whole
    record = json.loads((tmp_path / 'parts/records/toy_mean_published_4.json').read_text())
    assert list(record['runs']) == ['0', '1', '2', '3', '4']


def test_more_seeds_and_all_chips(call, tmp_path):
    call('--head', 'logistic')
    assert call('--head', 'logistic', '--seeds', '0..4', '--shots', '4', 'all') == 0
    rows = json.loads((tmp_path / 'out/table.json').read_text())['rows']
    assert [(row['shots'], row['seeds']) for row in rows] == [(4, 5), ('all', 5)]
    assert rows[1]['std'] == 0


def test_draws_are_kept_and_taken_from_a_file(call, config, tmp_path):
    call('--head', 'nearest')
    splits = tmp_path / 'splits.json'
    shutil.copy(tmp_path / 'out/splits.json', splits)
    names = json.loads(splits.read_text())['chips']
    assert all(name.split('/')[0] in CLASSES for name in names)
    call('--head', 'nearest', '--splits', str(splits), out='again')
    assert read(tmp_path / 'again') == read(tmp_path / 'out')
    with pytest.raises(ConfigError, match='has no draw of 2 shots with seed 0'):
        call('--splits', str(splits), '--shots', '2', out='again')


def test_records_of_other_settings_are_refused(call, config, tmp_path):
    call()
    with pytest.raises(
        DataError, match=r'toy_mean_published_1\.json is the record of a run with o'
    ):
        call('--cfg-options', 'optim_wrapper.optimizer.lr=0.5')
    other = build_backbone(load_config(config), seed=8).state_dict()
    torch.save(other, tmp_path / 'other.pth')
    with pytest.raises(DataError, match='is the record of a run with other settings'):
        call('--weights', f'more={tmp_path / "other.pth"}', '--seeds', '0..2', '--cfg-options',
             'data_preprocessor.std=[128.0]')  # fmt: skip
    (tmp_path / 'out/records/toy_mean_published_1.json').write_text('{')
    with pytest.raises(DataError, match='is no record of a run'):
        call()


@pytest.mark.parametrize(
    ('flags', 'message'),
    [
        (['--weights', 'a=none.pth'], 'give NAME=FILE, a file that exists'),
        (['--baseline', 'resnet50=x'], 'choose random, pixels, correlation, or timm-NAME=FILE'),
        (['--baseline', 'random', '--baseline', 'random'], 'a name of its own'),
        (['--shots', '13'], 'class 0 .disc. has 12 chips, fewer than 13 shots'),
    ],
)
def test_wrong_flags(call, flags, message):
    with pytest.raises((ConfigError, DataError), match=message):
        call(*flags)


def test_weights_of_another_network_are_refused(call, config, tmp_path):
    settings = load_config(config)
    settings.model.backbone.arch.embed_dims = 64
    torch.save(build_backbone(settings).state_dict(), tmp_path / 'wide.pth')
    with pytest.raises(CheckpointError, match=r'wide\.pth does not have the weights of the back'):
        call('--weights', f'wide={tmp_path / "wide.pth"}')
    assert not (tmp_path / 'out/records').exists()  # found before the work began


def test_classes_with_few_groups():
    labels = np.repeat([0, 1], 8)
    groups = [*range(8), 8, 8, 8, 9, 9, 10, 10, 10]
    chips = ChipSet(None, [f'/d/{n}' for n in range(16)], labels, groups, ('a', 'b'), '/d', '')
    with pytest.raises(DataError, match=r'3 groups of views, fewer than 5 .* --few-groups fewer'):
        make_draws(chips, [5], [0])
    draws = make_draws(chips, [2, 5], [0, 1], 'fewer')
    assert draws[2, 1] == draw_shots(labels.tolist(), groups, 2, 1)
    assert sorted(groups[place] for place in draws[5, 0] if place >= 8) == [8, 9, 10]
    assert len(draws[5, 0]) == 8
    assert short_of(chips, draws) == '5 shots: b 3'
    views = make_draws(chips, [5], [0], 'views')
    assert set(draws[5, 0]) < set(views[5, 0])
    assert short_of(chips, views) == ''


def test_table():
    def record(start, head, values):
        runs = {
            str(seed): {'accuracy': value, 'mean_class_accuracy': value}
            for seed, value in enumerate(values)
        }
        return {'start': start, 'pool': 'mean', 'head': head, 'shots': 5, 'runs': runs}

    records = [record('a', 'nearest', [70.0, 80.0]), record('b', 'nearest', [60.0, 69.0])]
    text = render(records, ['b'], 'toy')
    # Student's t(.975, 1) = 12.7062; s = 7.0711
    assert '| a mean nearest | 75.0 ± 7.1 [63.5] |' in text
    assert '| a mean nearest | b mean nearest | +10.5 ± 6.4 |' not in text
    assert '| a mean nearest | b mean nearest | **+10.5 ± 6.4** |' in text
    assert interval([1.0]) == float('inf')
