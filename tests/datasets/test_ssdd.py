import json

import miniatures as mini
import pytest
from readings import reading, subsets

from mmsar.datasets import SSDD
from mmsar.errors import ConfigError, DataError

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


@pytest.mark.parametrize('style', ['coco', 'voc'])
def test_reads_boxes_and_splits(tmp_path, style):
    splits = mini.write_ssdd(tmp_path, style)
    for split, scenes in splits.items():
        dataset = SSDD(str(tmp_path), split)
        assert reading(dataset) == scenes
        assert dataset.metainfo['classes'] == ('ship',)
        assert dataset.place.layout == style


def test_both_styles_agree_and_one_can_be_chosen(tmp_path):
    for style in ('coco', 'voc'):
        mini.write_ssdd(tmp_path / style, style)
    (tmp_path / 'voc/BBox_SSDD/voc_style').rename(tmp_path / 'coco/BBox_SSDD/voc_style')
    root = str(tmp_path / 'coco')
    assert SSDD(root).place.layout == 'coco'
    for split in SSDD.splits:
        coco, voc = (SSDD(root, split, style=style) for style in ('coco', 'voc'))
        assert voc.place.layout == 'voc'
        assert reading(coco) == reading(voc)
        assert subsets(coco) == subsets(voc)
    with pytest.raises(ConfigError, match="style='yolo': SSDD has coco, voc"):
        SSDD(root, style='yolo')


@pytest.mark.parametrize('style', ['coco', 'voc'])
def test_inshore_and_offshore(tmp_path, style):
    mini.write_ssdd(tmp_path, style)
    assert subsets(SSDD(str(tmp_path), 'test')) == {'000001': 'inshore', '000009': 'offshore'}
    assert subsets(SSDD(str(tmp_path), 'test_inshore')) == {'000001': 'inshore'}
    assert set(subsets(SSDD(str(tmp_path), 'train')).values()) == {None}
    for path in tmp_path.glob('BBox_SSDD/*/*/**/test_offshore.*'):
        path.unlink()
    assert set(subsets(SSDD(str(tmp_path), 'test')).values()) == {None}
    with pytest.raises(DataError, match=r"missing: this copy of SSDD has no split 'test_offshore'"):
        SSDD(str(tmp_path), 'test_offshore')


def test_an_image_is_not_in_two_subsets(tmp_path):
    splits = mini.write_ssdd(tmp_path)
    path = tmp_path / 'BBox_SSDD/coco_style/annotations/test_inshore.json'
    mini.write_coco_json(path, splits['test'], ['ship'])
    with pytest.raises(DataError, match=r'1 images are listed in more than one of .*000009'):
        SSDD(str(tmp_path), 'test')


def test_images_of_a_split_may_lie_elsewhere(tmp_path):
    splits = mini.write_ssdd(tmp_path)
    images = tmp_path / 'BBox_SSDD/coco_style/images'
    for path in images.glob('test_*/*.jpg'):
        path.unlink()
        path.parent.rmdir()
    assert reading(SSDD(str(tmp_path), 'test_inshore')) == splits['test_inshore']
    for path in list(images.glob('*/*.jpg')):
        path.rename(images / path.name)
    for folder in ('train', 'test'):
        (images / folder).rmdir()
    assert reading(SSDD(str(tmp_path), 'test')) == splits['test']


def test_folders_replace_the_lists_of_the_voc_style(tmp_path):
    splits = mini.write_ssdd(tmp_path, 'voc')
    root = tmp_path / 'BBox_SSDD/voc_style'
    for split in ('train', 'test'):
        for kind, suffix in (('Annotations', '.xml'), ('JPEGImages', '.jpg')):
            (root / f'{kind}_{split}').mkdir()
            for stem in splits[split]:
                name = stem + suffix
                (root / kind / name).rename(root / f'{kind}_{split}' / name)
    for kind in ('Annotations', 'JPEGImages'):
        (root / kind).rmdir()
    (root / 'ImageSets/Main/test.txt').unlink()
    for split in ('train', 'test'):
        assert reading(SSDD(str(tmp_path), split)) == splits[split]


@pytest.mark.parametrize('name', ['Ship', 'SHIP', 'vessel'])
@pytest.mark.parametrize('first_id', [0, 1, 7])
def test_names_and_ids_of_the_category_do_not_matter(tmp_path, name, first_id):
    splits = mini.write_ssdd(tmp_path)
    path = tmp_path / 'BBox_SSDD/coco_style/annotations/train.json'
    renamed = {s: [(*box[:4], name) for box in boxes] for s, boxes in splits['train'].items()}
    mini.write_coco_json(path, renamed, [name], first_id)
    assert reading(SSDD(str(tmp_path))) == splits['train']


def test_an_image_without_ships_stays_in_a_test(tmp_path):
    splits = mini.write_ssdd(tmp_path)
    for split in ('train', 'test'):
        scenes = splits[split]
        scenes[next(iter(scenes))] = []
        path = tmp_path / f'BBox_SSDD/coco_style/annotations/{split}.json'
        mini.write_coco_json(path, scenes, ['ship'], 0)
    assert reading(SSDD(str(tmp_path), 'test', test_mode=True)) == splits['test']
    assert len(SSDD(str(tmp_path), 'train', filter_cfg={'filter_empty_gt': True})) == 2


def test_a_box_outside_its_image_is_named(tmp_path):
    mini.write_ssdd(tmp_path)
    path = tmp_path / 'BBox_SSDD/coco_style/annotations/train.json'
    content = json.loads(path.read_text())
    content['annotations'][0]['bbox'] = [mini.WIDTH, 3, 5, 5]
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r'1 of \d+ boxes in .*train\.json.*000002\.jpg \[40'):
        SSDD(str(tmp_path))


def test_a_missing_xml_is_named(tmp_path):
    mini.write_ssdd(tmp_path, 'voc')
    (tmp_path / 'BBox_SSDD/voc_style/Annotations/000003.xml').unlink()
    with pytest.raises(DataError, match=r"train\.txt names '000003', but .*000003\.xml is missing"):
        SSDD(str(tmp_path))
