import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from mmsar.datasets import CocoDetection
from mmsar.errors import ConfigError, DataError


def write(folder: Path, **changes) -> Path:
    """Write a COCO data set of two images; ``changes`` replace entries of the JSON file."""
    (folder / 'images').mkdir()
    for name in 'ab':
        Image.new('L', (40, 30)).save(folder / 'images' / f'{name}.png')
    content = {
        'images': [
            {'id': 7, 'file_name': 'a.png', 'width': 40, 'height': 30},
            {'id': 9, 'file_name': 'b.png', 'width': 40, 'height': 30},
        ],
        'annotations': [
            {'id': 1, 'image_id': 7, 'category_id': 5, 'bbox': [1.5, 2, 10, 20]},
            {'id': 2, 'image_id': 7, 'category_id': 3, 'bbox': [30, 20, 15, 15], 'iscrowd': 1},
        ],
        'categories': [{'id': 5, 'name': 'ship'}, {'id': 3, 'name': 'tank'}],
    }
    content.update(changes)
    (folder / 'ann.json').write_text(json.dumps(content))
    return folder


def build(folder: Path, **kwargs) -> CocoDetection:
    return CocoDetection(
        data_root=str(folder), ann_file='ann.json', data_prefix={'img': 'images'}, **kwargs
    )


def test_reads_boxes_classes_and_crowds(tmp_path):
    dataset = build(write(tmp_path))
    assert dataset.metainfo['classes'] == ('tank', 'ship')  # by category id
    first = dataset.get_data_info(0)
    assert first['img_path'] == str(tmp_path / 'images' / 'a.png')
    assert (first['img_id'], first['height'], first['width']) == (7, 30, 40)
    assert first['instances'] == [
        {'bbox': [1.5, 2, 11.5, 22], 'bbox_label': 1, 'ignore_flag': 0},
        # Partly outside is kept as it is.
        {'bbox': [30, 20, 45, 35], 'bbox_label': 0, 'ignore_flag': 1},
    ]
    assert dataset.get_data_info(1)['instances'] == []
    assert dataset.get_cat_ids(0) == [1, 0]


def test_chooses_orders_and_merges_classes(tmp_path):
    write(tmp_path)
    chosen = build(tmp_path, metainfo={'classes': ('ship',)})
    assert [box['bbox_label'] for box in chosen.get_data_info(0)['instances']] == [0]
    merged = build(tmp_path, single_class='target')
    assert merged.metainfo['classes'] == ('target',)
    assert [box['bbox_label'] for box in merged.get_data_info(0)['instances']] == [0, 0]


def test_filters_training_images_only(tmp_path):
    write(tmp_path)
    filter_cfg = {'filter_empty_gt': True}
    assert len(build(tmp_path, filter_cfg=filter_cfg)) == 1
    assert len(build(tmp_path, filter_cfg=filter_cfg, test_mode=True)) == 2
    with pytest.raises(DataError, match='leaves no image'):
        build(tmp_path, filter_cfg={'min_size': 31})


def annotation(**changes):
    return [{'id': 4, 'image_id': 7, 'category_id': 5, 'bbox': [1, 2, 10, 20], **changes}]


def image(**changes):
    return {'id': 7, 'file_name': 'a.png', 'width': 40, 'height': 30, **changes}


def test_numbers_in_quotes_are_numbers(tmp_path):
    write(tmp_path, annotations=annotation(bbox=['1', '2', '10', '20']))
    assert build(tmp_path).get_data_info(0)['instances'][0]['bbox'] == [1, 2, 11, 22]


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'metainfo': {'classes': 'ship'}}, r"\('ship',\)"),
        ({'filter_cfg': {'filter_empty': True}}, "no option 'filter_empty'"),
        ({'indices': [0, 5]}, 'numbers from 0 to 1'),
        ({'indices': []}, 'at least one'),
    ],
)
def test_wrong_options_are_named(tmp_path, options, message):
    write(tmp_path)
    with pytest.raises(ConfigError, match=message):
        build(tmp_path, **options)


def test_an_image_of_another_size_is_named(tmp_path):
    write(tmp_path)
    packed = SimpleNamespace(ori_shape=(15, 20))
    dataset = build(tmp_path, pipeline=[lambda info: {**info, 'data_samples': packed}])
    with pytest.raises(DataError, match=r'a\.png has 20 x 15 pixels, but .*ann\.json says 40 x 30'):
        dataset[0]
    packed.ori_shape = (30, 40)
    assert dataset[0]['img_id'] == 7


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'annotations': annotation(bbox=[40, 2, 10, 10])}, r'1 of 1 boxes.*outside.*a\.png \[40'),
        ({'annotations': annotation(bbox=[-10, 2, 10, 10])}, r'outside their'),
        ({'annotations': annotation(bbox=[1, 2, 0, 10])}, r'are empty'),
        ({'annotations': annotation(bbox=[float('nan'), 2, 9, 9])}, r'not finite.*a\.png \[nan'),
        ({'annotations': annotation(bbox=[1, 2, 3])}, r'annotations\[0\]: bbox \[1'),
        ({'annotations': annotation(category_id=8)}, r'category_id 8 is not listed'),
        ({'annotations': annotation(image_id=1)}, r'image_id 1 is not listed'),
        ({'annotations': annotation(image_id='7')}, r"'7' is not listed.*str here and int"),
        ({'annotations': annotation(bbox=[None, 2, 3, 4])}, r'bbox \[None'),
        ({'annotations': annotation(bbox=[39.99, 2, 10, 10])}, r'outside their'),
        ({'annotations': [None]}, r'annotations\[0\]: None is not an object'),
        ({'annotations': []}, r'no boxes at all'),
        ({'images': [image(), image()]}, r'images: 2 entries have the id 7'),
        ({'images': [image(height='30')]}, r"images\[0\]: height '30'"),
        ({'images': [image(file_name=5)]}, r'images\[0\]: file_name 5'),
        (
            {'categories': [{'id': 5, 'name': 'a'}, {'id': 6, 'name': 'a'}]},
            r"categories: 2 entries have the name 'a'",
        ),
        ({'images': [], 'annotations': []}, r'lists no images'),
        ({'categories': None}, r"no list 'categories'"),
        (
            {'images': [{'id': 7, 'file_name': 'a.png', 'width': 9}]},
            r"images\[0\]: it has no 'height'",
        ),
        (
            {'images': [{'id': 7, 'file_name': 'c.png', 'width': 40, 'height': 30}]},
            r'1 of 1 images.*c\.png',
        ),
    ],
)
def test_bad_annotations_are_named(tmp_path, changes, message):
    write(tmp_path, **changes)
    with pytest.raises(DataError, match=message) as error:
        build(tmp_path)
    assert 'ann.json' in str(error.value)


def test_bad_boxes_can_be_left_out(tmp_path):
    good = annotation()[0]
    bad = [{**good, 'id': i, 'bbox': box} for i, box in enumerate([[1, 2, 0, 9], [99, 2, 3, 3]], 7)]
    write(tmp_path, annotations=[bad[0], good, bad[1]])
    with pytest.raises(DataError, match=r'2 of 3 boxes.*drop_bad_boxes=True'):
        build(tmp_path)
    with pytest.warns(UserWarning, match=r'2 of 3 boxes.*a\.png \[1\.0.*left out'):
        dataset = build(tmp_path, drop_bad_boxes=True)
    assert [box['bbox'] for box in dataset.get_data_info(0)['instances']] == [[1, 2, 11, 22]]


def test_bad_paths_are_named(tmp_path):
    write(tmp_path)
    with pytest.raises(DataError, match=r'data_root .*nowhere.*--cfg-options data_root='):
        build(tmp_path / 'nowhere')
    with pytest.raises(DataError, match=r'annotation file .*other\.json'):
        CocoDetection(data_root=str(tmp_path), ann_file='other.json')
    with pytest.raises(DataError, match=r'data_prefix\.img .*pictures'):
        CocoDetection(data_root=str(tmp_path), ann_file='ann.json', data_prefix={'img': 'pictures'})


def test_truncated_json_is_named(tmp_path):
    write(tmp_path)
    text = (tmp_path / 'ann.json').read_text()
    (tmp_path / 'ann.json').write_text(text[: len(text) // 2])
    with pytest.raises(DataError, match=r'ann\.json is not valid JSON, or is truncated'):
        build(tmp_path)


def test_unknown_class_lists_those_there_are(tmp_path):
    write(tmp_path)
    with pytest.raises(DataError, match=r'no class boat; it has tank, ship'):
        build(tmp_path, metainfo={'classes': ('boat',)})
    text = (tmp_path / 'ann.json').read_text().replace('"category_id": 3', '"category_id": 5')
    (tmp_path / 'ann.json').write_text(text)
    with pytest.raises(DataError, match='no boxes of the classes'):
        build(tmp_path, metainfo={'classes': ('tank',)})
