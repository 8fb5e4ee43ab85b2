"""Which images of the new sensor train and which test."""

import re
from collections import Counter
from pathlib import Path

import pytest

from mmsar.apis.cross_sensor.settings import SplitSettings
from mmsar.apis.cross_sensor.split import draw, list_classes, require_classes, split
from mmsar.errors import ConfigError, DataError
from mmsar.io import write_raster

FOLDER = Path('sar2')


def images(count=50, classes=('a', 'b'), a_day=1):
    """Return images by class, so many in a row of one acquisition."""
    return {
        label: [f'{label}/day{number // a_day:02d}_{number:03d}.png' for number in range(count)]
        for label in classes
    }


def parts(found):
    return [{n for names in part.values() for n in names} for part in found]


@pytest.mark.parametrize(
    ('settings', 'train', 'test'),
    [
        (dict(train=0.7), 35, 15),
        (dict(train=37, test=13), 37, 13),
        (dict(train=0.74), 37, 13),
        (dict(train=7, test=20), 7, 20),
        (dict(train=0.5, test=0.1), 25, 5),
    ],
)
def test_counts_of_each_class(settings, train, test):
    every = images()
    for seed in range(3):
        found = split(every, SplitSettings(**settings), seed, FOLDER)
        for label in every:
            assert len(found.train[label]) == train
            assert len(found.test[label]) == test
            assert set(found.train[label]) | set(found.test[label]) <= set(every[label])
        first, second = parts(found)
        assert not first & second


def test_seeds_differ_and_repeat():
    every, settings = images(), SplitSettings()
    first, again, other = (split(every, settings, seed, FOLDER) for seed in (0, 0, 1))
    assert first == again
    assert first.train != other.train
    # Neither order nor another class matters.
    shuffled = {'b': every['b'][::-1]}
    assert split(shuffled, settings, 0, FOLDER).train['b'] == first.train['b']
    # Each image is in the test part of some seed.
    tested = Counter(n for s in range(30) for n in split(every, settings, s, FOLDER).test['a'])
    assert set(tested) == set(every['a'])


def test_groups_stay_whole():
    every = images(40, a_day=5)
    group = re.compile(r'day\d+')
    for seed in range(5):
        found = split(every, SplitSettings(0.7, groups=group.pattern), seed, FOLDER)
        days = [{group.search(name)[0] for name in part} for part in parts(found)]
        assert not days[0] & days[1]  # also of the other class: a day is one acquisition
        for label in every:
            assert abs(len(found.train[label]) - 28) <= 5
            assert len(found.train[label]) + len(found.test[label]) == 40
    # Of the class and the day: the classes are divided by themselves.
    found = split(every, SplitSettings(0.7, groups=r'\w/day\d+'), 0, FOLDER)
    assert {len(names) for names in found.train.values()} <= {25, 30}
    few = split(every, SplitSettings(0.7, test=4, groups=r'day\d+'), 0, FOLDER)
    assert {len(names) for names in few.test.values()} == {4}


def test_groups_of_a_manifest(tmp_path):
    every = images(12, ('a',))
    csv = tmp_path / 'acquisitions.csv'
    lines = [f'{name},{number // 4}' for number, name in enumerate(every['a'])]
    csv.write_text('path,group\n' + '\n'.join(lines) + '\n')
    found = split(every, SplitSettings(0.7, manifest=str(csv)), 0, FOLDER)
    assert len(found.train['a']) == 8
    numbers = [{every['a'].index(name) // 4 for name in part} for part in parts(found)]
    assert not numbers[0] & numbers[1]
    csv.write_text('path,group\n' + '\n'.join(lines[:-1]) + '\n')
    with pytest.raises(DataError, match=r'1 of 12 images of sar2 have no group: a/day11_011\.png'):
        split(every, SplitSettings(0.7, manifest=str(csv)), 0, FOLDER)


@pytest.mark.parametrize(
    ('settings', 'count', 'error', 'match'),
    [
        (dict(train=3), 3, DataError, 'class a has 3 images; 3 to train and some to test are'),
        (dict(train=2, test=2), 3, DataError, 'class a has 3 images; 2 to train and 2 to test'),
        (dict(train=0.1), 4, DataError, 'class a has 4 images; 0 to train'),
        (dict(train=0.7, groups='png'), 9, DataError, 'class a has 9 images in 1 groups'),
        (dict(groups=r'night\d'), 4, DataError, r'matches none of a/day00_000\.png'),
        (dict(groups='('), 4, ConfigError, 'data.split.groups'),
        (dict(groups='day', manifest='x.csv'), 4, ConfigError, 'give one of them'),
        (dict(train=1.5), 4, ConfigError, r'data\.split\.train=1\.5; a share is less than 1'),
        (dict(train=0), 4, ConfigError, r'data\.split\.train=0; give a number'),
        (dict(test='all'), 4, ConfigError, r"data\.split\.test='all'"),
    ],
)
def test_what_cannot_be_split(settings, count, error, match):
    with pytest.raises(error, match=match):
        split(images(count, ('a',)), SplitSettings(**settings), 0, FOLDER)


def test_folders_of_classes(tmp_path):
    write_raster(tmp_path / 'a' / 'deep' / '1.png', [[1, 2], [3, 4]], dtype='uint8')
    write_raster(tmp_path / 'b' / '1.png', [[1, 2], [3, 4]], dtype='uint8')
    found = list_classes(tmp_path, 'data.sar1')
    assert found == {'a': ['a/deep/1.png'], 'b': ['b/1.png']}
    assert list(require_classes(found, ('b', 'a'), 'sar1')) == ['b', 'a']
    with pytest.raises(DataError, match=r'sar1 has no images of c\. Both .* folders a, b, c'):
        require_classes(found, ('a', 'b', 'c'), 'sar1')
    with pytest.raises(DataError, match='sar1 has other classes: b'):
        require_classes(found, ('a',), 'sar1')
    write_raster(tmp_path / '2.png', [[1, 2], [3, 4]], dtype='uint8')
    with pytest.raises(DataError, match=r'data\.sar1 .*2\.png lies in no folder of a class'):
        list_classes(tmp_path, 'data.sar1')
    with pytest.raises(DataError, match=r'data\.sar1 .*none is not a folder'):
        list_classes(tmp_path / 'none', 'data.sar1')


def test_a_part_of_the_images():
    every = images(10)
    found = draw(every, {'a': 3, 'b': 10}, 'counts')
    assert [len(names) for names in found.values()] == [3, 10]
    assert set(found['a']) < set(every['a'])
    assert draw(every, 3, 'counts')['a'] == found['a']
    assert draw(every, None, 'counts') is every
    with pytest.raises(DataError, match='counts: 11 images of a are wanted, and there are 10'):
        draw(every, 11, 'counts')
    with pytest.raises(ConfigError, match='counts has a; the classes are a, b'):
        draw(every, {'a': 3}, 'counts')
    with pytest.raises(ConfigError, match='counts: 0 images of a'):
        draw(every, 0, 'counts')
