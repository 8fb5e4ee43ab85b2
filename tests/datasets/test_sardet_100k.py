import json

import miniatures as mini
import pytest
from readings import reading

from mmsar.datasets import SARDet100K
from mmsar.errors import DataError

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


@pytest.mark.parametrize('flat', [False, True])
def test_reads_boxes_classes_and_splits(tmp_path, flat):
    for split, scenes in mini.write_sardet_100k(tmp_path, flat).items():
        dataset = SARDet100K(str(tmp_path), split)
        assert reading(dataset) == scenes
        # Not in the order of the category ids, which is the reverse.
        assert dataset.metainfo['classes'] == mini.SARDET


def test_classes_can_be_chosen(tmp_path):
    scenes = mini.write_sardet_100k(tmp_path)['train']
    dataset = SARDet100K(str(tmp_path), metainfo={'classes': ('car', 'ship')})
    chosen = {
        stem: [box for box in boxes if box[4] in ('car', 'ship')] for stem, boxes in scenes.items()
    }
    assert reading(dataset) == chosen
    with pytest.raises(DataError, match='no class boat; it has ship, aircraft'):
        SARDet100K(str(tmp_path), metainfo={'classes': ('boat',)})


def test_a_part_without_one_of_the_classes_keeps_the_labels(tmp_path):
    scenes = mini.write_sardet_100k(tmp_path)['train']
    for stem, boxes in scenes.items():
        scenes[stem] = [box for box in boxes if box[4] != 'ship']
    mini.write_coco_json(tmp_path / 'Annotations/train.json', scenes, mini.SARDET[1:], 0, '.png')
    dataset = SARDet100K(str(tmp_path))
    assert reading(dataset) == scenes
    assert dataset.metainfo['classes'] == mini.SARDET


def test_spelling_and_unknown_classes(tmp_path):
    scenes = mini.write_sardet_100k(tmp_path)['train']
    path = tmp_path / 'Annotations/train.json'
    text = path.read_text()
    path.write_text(text.replace('"ship"', '"Ship"').replace('"tank"', '" TANK"'))
    assert reading(SARDet100K(str(tmp_path))) == scenes
    path.write_text(text.replace('"ship"', '"boat"'))
    with pytest.raises(DataError, match=r'train\.json has objects of the class boat; .*has ship, '):
        SARDet100K(str(tmp_path))


def test_a_category_that_is_not_listed_is_named(tmp_path):
    mini.write_sardet_100k(tmp_path)
    path = tmp_path / 'Annotations/train.json'
    content = json.loads(path.read_text())
    content['annotations'][2]['category_id'] = 6
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r'annotations\[2\]: category_id 6 is not listed'):
        SARDet100K(str(tmp_path))
