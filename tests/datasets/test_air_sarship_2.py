import random
import re
from hashlib import blake2s
from pathlib import Path

import miniatures as mini
import pytest
from readings import reading

from mmsar.datasets import AIRSARShip2
from mmsar.errors import DataError

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


@pytest.mark.parametrize('comma', [',', ', ', ' , '])
def test_reads_the_corners_of_both_splits(tmp_path, comma):
    scenes = mini.write_air_sarship_2(tmp_path, comma)
    train, test = (AIRSARShip2(str(tmp_path), split) for split in ('train', 'test'))
    assert (len(train), len(test)) == (7, 3)
    assert reading(train) | reading(test) == scenes
    assert (train.get_data_info(0)['width'], train.get_data_info(0)['height']) == (40, 30)
    assert train.metainfo['classes'] == ('ship',)
    assert [int(stem) for stem in reading(train)] == sorted(int(stem) for stem in reading(train))


def test_the_split_is_the_same_for_ever():
    names = [str(n) for n in range(1, 301)]
    train, test = (AIRSARShip2('/nowhere', s, lazy_init=True) for s in ('train', 'test'))
    chosen = test.choose(names)
    assert (len(train.choose(names)), len(chosen)) == (210, 90)
    assert train.choose(names) == set(names) - chosen
    assert sorted(map(int, chosen))[:10] == [2, 3, 4, 6, 18, 24, 30, 31, 35, 42]
    ranked = sorted(
        names, key=lambda name: blake2s(repr((0, name)).encode(), digest_size=4).digest()[::-1]
    )
    assert chosen == set(ranked[210:])
    listed = re.search(r'(?s)test set are:\n\n(.+?)\n\n', (ROOT / AIRSARShip2.page).read_text())
    assert set(re.findall(r'\d+', listed[1])) == chosen
    random.Random(0).shuffle(names)
    assert test.choose(names) == chosen
    other = AIRSARShip2('/nowhere', 'test', split_seed=1, lazy_init=True).choose(names)
    # Two independent draws of 90 from 300 share 27 on average, with a deviation of 3.6.
    assert 10 < len(other & chosen) < 45


def test_each_folder_nested_twice(tmp_path):
    scenes = mini.write_air_sarship_2(tmp_path / 'flat')
    for kind in ('data', 'xml'):
        name = f'AIR-SARShip-2.0-{kind}'
        (tmp_path / 'root' / name).mkdir(parents=True)
        (tmp_path / 'flat' / name).rename(tmp_path / 'root' / name / name)
    (tmp_path / 'root' / 'AIR-SARShip-2.0-data' / 'readme.txt').touch()
    root = str(tmp_path / 'root')
    assert reading(AIRSARShip2(root)) | reading(AIRSARShip2(root, 'test')) == scenes


def test_a_missing_xml_is_named(tmp_path):
    mini.write_air_sarship_2(tmp_path)
    (tmp_path / 'AIR-SARShip-2.0-xml/4.xml').unlink()
    with pytest.raises(DataError, match=r'1 of 10 images .* have no annotation in .*: 4\.tiff\.'):
        AIRSARShip2(str(tmp_path))


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('<point>', '<point>1;', r"points/point is '1;.*', not x,y"),
        ('points>', 'corners>', r'bndbox/xmin is missing'),
        ('</annotation>', '', r'no element found'),
        ('<name>ship</name>', '', r'an object has no name'),
    ],
)
def test_a_broken_xml_is_named(tmp_path, old, new, message):
    mini.write_air_sarship_2(tmp_path)
    stem = next(iter(reading(AIRSARShip2(str(tmp_path)))))
    path = tmp_path / f'AIR-SARShip-2.0-xml/{stem}.xml'
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataError, match=rf'/{stem}\.xml is not a complete annotation: {message}'):
        AIRSARShip2(str(tmp_path))


def test_corners_outside_the_image_are_named(tmp_path):
    scenes = mini.write_air_sarship_2(tmp_path)
    stem = next(iter(reading(AIRSARShip2(str(tmp_path)))))
    path = tmp_path / f'AIR-SARShip-2.0-xml/{stem}.xml'
    mini.write_gaofen_xml(path, 'x.tiff', [*scenes[stem], (100, 5, 110, 9, 'ship')], ',')
    with pytest.raises(DataError, match=rf'1 of \d+ boxes .* {stem}\.tiff \[100'):
        AIRSARShip2(str(tmp_path))


def test_the_split_does_not_depend_on_how_numbers_are_written(tmp_path):
    mini.write_air_sarship_2(tmp_path / 'a')
    mini.write_air_sarship_2(tmp_path / 'b')
    for path in list((tmp_path / 'b').glob('*/*.*')):
        path.rename(path.with_stem(f'SARShip-2.0-{int(path.stem):04d}'))
    numbers = [
        [int(stem.split('-')[-1]) for stem in reading(AIRSARShip2(str(tmp_path / name), 'test'))]
        for name in 'ab'
    ]
    assert numbers[0] == numbers[1]
