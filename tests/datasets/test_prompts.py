"""Prompts of images, and as many samples of each class."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.dataset import Compose
from toy_generation import CLASSES, write_chips

from mmsar.datasets import SARChips, SeededDataset
from mmsar.datasets.prompts import PromptTemplate
from mmsar.datasets.samplers import ClassBalancedSampler
from mmsar.datasets.transforms import SARPrompt
from mmsar.engine.hooks.prompt_cache import prompts_of
from mmsar.errors import ConfigError, DataError

PIPELINE = [
    {'type': 'mmsar.LoadSARImage', 'domain_in': 'amplitude', 'channels': 1},
    {'type': 'mmsar.StretchSAR', 'rule': 'db', 'low': 32, 'high': 72, 'out': (0, 1)},
    {'type': 'mmsar.SARPrompt', 'classes': CLASSES, 'values': {'band': 'X'}, 'dropout': 0.3},
    {'type': 'mmsar.PackPrompted'},
]


@pytest.fixture
def chips(tmp_path):
    return write_chips(tmp_path / 'chips')


def build(chips, **settings):
    options = {'pipeline': PIPELINE, 'metainfo': {'classes': CLASSES}, **settings}
    return SeededDataset(SARChips(str(chips), labelled=True, **options))


def test_template():
    template = PromptTemplate(values={'sensor': 'TerraSAR-X', 'band': 'X', 'resolution': 1.0})
    assert template({'class': 'F-16'}) == (
        'SAR image, F-16 aircraft, TerraSAR-X, X band, 1 m resolution'
    )
    given = {'class': 'F-16', 'look_angle': 34.5, 'polarisation': 'HH', 'resolution': None}
    assert template(given).endswith('1 m resolution, HH polarisation, look angle 34.5 degrees')
    own = PromptTemplate(['{class} by {day}'], {'day': 'night'}, {'F-16': 'Fighting Falcon'})
    assert own({'class': 'F-16'}) == 'Fighting Falcon by night'
    for arguments, match in (
        ((['{klass}'],), r'have a field \{klass\}'),
        (('SAR image',), 'give a list'),
        (([],), 'segments is empty'),
        ((['{class'],), r"segment '\{class'"),
    ):
        with pytest.raises(ConfigError, match=match):
            PromptTemplate(*arguments)
    with pytest.raises(ConfigError, match='nothing is left of a prompt'):
        PromptTemplate(['{class}'])({})


def test_table(tmp_path, chips):
    lines = [f'chips/{name}/{number:02d}.png,{30 + number},HH' for name, count in
             zip(CLASSES, (5, 3, 2), strict=True) for number in range(count)]  # fmt: skip
    table = tmp_path / 'angles.csv'
    table.write_text('path,look_angle,polarisation\n' + '\n'.join(lines))
    prompt = SARPrompt(CLASSES, table=str(table), dropout=0)
    sample = {'img_path': str(chips / 'C-17/02.png'), 'gt_label': 1}
    assert prompt.transform(sample)['prompt'] == (
        'SAR image, C-17 aircraft, HH polarisation, look angle 32 degrees'
    )
    with pytest.raises(DataError, match=r'new.png is not in the table'):
        prompt.prompt_of({'img_path': str(chips / 'new.png'), 'gt_label': 1})
    table.write_text('image,look_angle\na,3\n')
    with pytest.raises(DataError, match='no column path'):
        SARPrompt(CLASSES, table=str(table))
    with pytest.raises(ConfigError, match=r'label 3 of a\.png has no name'):
        SARPrompt(CLASSES).prompt_of({'img_path': 'a.png', 'gt_label': 3})
    with pytest.raises(ConfigError, match='dropout=2'):
        SARPrompt(CLASSES, dropout=2)


def test_dropout_follows_the_seed(chips):
    dataset = build(chips)
    keys = [(0, epoch, index) for epoch in range(30) for index in range(10)]
    drawn = [dataset[key]['data_samples'].prompt for key in keys]
    share = np.mean([not prompt for prompt in drawn])
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 300)
    assert 'SAR image, B-52 aircraft, X band' in drawn
    np.random.seed(5)
    again = [dataset[key]['data_samples'].prompt for key in reversed(keys)]
    assert again[::-1] == drawn
    assert [dataset[1, e, i]['data_samples'].prompt for _, e, i in keys] != drawn


def test_values(chips):
    """Sixteen bits survive: the image is the stretched file, to float32."""
    from mmsar.io import read_raster

    dataset = build(chips)
    sample = dataset[7]
    path = sample['data_samples'].img_path
    amplitude = read_raster(path)[0][..., 0].astype(np.float64)
    assert amplitude.max() > 255
    expected = ((20 * np.log10(np.maximum(amplitude, 1e-9)) - 32) / 40).clip(0, 1)
    np.testing.assert_allclose(sample['inputs'][0].numpy(), expected, atol=1e-6)
    assert sample['data_samples'].label == 1
    for change, match in (
        ({'img': np.zeros((2, 2, 3), np.float32)}, 'has 3 channels'),
        ({'img': np.full((2, 2, 1), 2, np.float32)}, 'has values from 2 to 2'),
        ({'img': np.full((2, 2, 1), np.nan, np.float32)}, 'has values from nan'),
    ):
        with pytest.raises(DataError, match=match):
            Compose(PIPELINE[-1:])({'prompt': '', **change})
    with pytest.raises(ConfigError, match='add dict'):
        Compose(PIPELINE[-1:])({'img': np.zeros((2, 2, 1), np.float32)})


def test_prompts_of_a_data_set(chips):
    dataset = build(chips)
    expected = [f'SAR image, {name} aircraft, X band' for name in CLASSES]
    assert prompts_of(dataset) == expected
    joined = SimpleNamespace(datasets=[dataset, dataset])
    assert prompts_of(joined) == expected
    with pytest.raises(ConfigError, match='SARPrompt has the classes B-52, C-17, F-15, and the da'):
        prompts_of(build(chips, metainfo={'classes': CLASSES[::-1]}))
    with pytest.raises(ConfigError, match='of SARChips has no dict'):
        prompts_of(build(chips, pipeline=PIPELINE[:2]))


def test_balance(chips):
    dataset = build(chips)  # 5, 3 and 2 chips
    sampler = ClassBalancedSampler(dataset, seed=0)
    assert len(sampler) == 12
    labels = [dataset.get_cat_ids(n)[0] for n in range(10)]
    seen: Counter[int] = Counter()
    keys = []
    for epoch in range(15):
        sampler.set_epoch(epoch)
        keys.append(list(sampler))
        epoch_labels = [labels[key.sample] for key in keys[-1]]
        for start in range(0, 12, 3):
            assert sorted(epoch_labels[start : start + 3]) == [0, 1, 2]
        seen.update(key.sample for key in keys[-1])
    # Fifteen epochs of four: each chip of a class as often as the others.
    assert [seen[n] for n in range(10)] == [12] * 5 + [20] * 3 + [30] * 2
    flat = [key for epoch in keys for key in epoch]
    assert len(set(flat)) == len(flat)  # a chip that comes again has other draws
    orders = {tuple(labels[key.sample] for key in epoch[:3]) for epoch in keys}
    assert len(orders) > 3
    assert keys[0] != list(ClassBalancedSampler(dataset, seed=1))
    endless = iter(ClassBalancedSampler(dataset, seed=0, infinite=True))
    assert [next(endless) for _ in range(36)] == flat[:36]


def test_balance_with_two_processes(chips, monkeypatch):
    dataset = build(chips)
    whole = list(ClassBalancedSampler(dataset, seed=0))
    parts = []
    for rank in range(2):
        monkeypatch.setattr('mmsar.datasets.samplers.seeded.get_dist_info', lambda r=rank: (r, 2))
        parts.append(list(ClassBalancedSampler(dataset, seed=0)))
    assert [key for pair in zip(*parts, strict=True) for key in pair] == whole


def test_balance_needs_classes(chips):
    plain = SeededDataset(SARChips(str(chips)))
    with pytest.raises(ConfigError, match='one class a sample'):
        ClassBalancedSampler(plain, seed=0)
    with pytest.raises(ConfigError, match='shuffle=False'):
        ClassBalancedSampler(build(chips), seed=0, shuffle=False)
