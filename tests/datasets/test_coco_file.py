import json

import pytest

from mmsar.datasets import CocoDetection
from mmsar.datasets.detection.coco_file import write_coco

IMAGES = [{'id': 4, 'file_name': 'a.png', 'width': 40, 'height': 30, 'subset': 'inshore'}]


def test_adds_what_is_missing_and_keeps_the_rest(tmp_path):
    annotations = [
        {'image_id': 4, 'category_id': 2, 'bbox': [1, 2, 10, 20]},
        {'image_id': 4, 'category_id': 1, 'bbox': [1, 2, 3, 4], 'id': 9, 'area': 7, 'iscrowd': 1},
    ]
    write_coco(tmp_path / 'a.json', IMAGES, annotations, ['ship', 'buoy'], info={'year': 2024})
    assert json.loads((tmp_path / 'a.json').read_text()) == {
        'info': {'year': 2024},
        'images': IMAGES,
        'annotations': [
            {
                'id': 1,
                'image_id': 4,
                'category_id': 2,
                'bbox': [1, 2, 10, 20],
                'area': 200,
                'iscrowd': 0,
            },
            annotations[1],
        ],
        'categories': [{'id': 1, 'name': 'ship'}, {'id': 2, 'name': 'buoy'}],
    }
    assert 'id' not in annotations[0]
    (tmp_path / 'a.png').touch()
    dataset = CocoDetection(data_root=str(tmp_path), ann_file='a.json')
    assert dataset.metainfo['classes'] == ('ship', 'buoy')
    assert dataset.get_cat_ids(0) == [1, 0]
    assert dataset.get_data_info(0)['subset'] == 'inshore'


@pytest.mark.parametrize('category', [0, 3])
def test_a_wrong_category_leaves_the_old_file(tmp_path, category):
    (tmp_path / 'a.json').write_text('old')
    annotations = [{'image_id': 4, 'category_id': category, 'bbox': [1, 2, 10, 20]}]
    with pytest.raises(ValueError, match=f'category_id {category} is not in 1 to 2'):
        write_coco(tmp_path / 'a.json', IMAGES, annotations, ['ship', 'buoy'])
    assert (tmp_path / 'a.json').read_text() == 'old'
    with pytest.raises(TypeError):
        write_coco(tmp_path / 'a.json', IMAGES, [], ['ship'], info=object())
    assert [path.name for path in tmp_path.iterdir()] == ['a.json']
