from pathlib import Path

import pytest
from PIL import Image

from mmsar.datasets import CocoDetection, VOCDetection
from mmsar.errors import DataError

OBJECT = """<object><name>ship</name><difficult>{difficult}</difficult><bndbox>
<xmin>2</xmin><ymin>3.5</ymin><xmax>12</xmax><ymax>20</ymax></bndbox></object>"""


def write(folder: Path, stem: str, objects: str, suffix: str = '.tiff') -> None:
    (folder / 'JPEGImages').mkdir(exist_ok=True)
    (folder / 'Annotations').mkdir(exist_ok=True)
    Image.new('L', (40, 30)).save(folder / 'JPEGImages' / f'{stem}{suffix}')
    (folder / 'Annotations' / f'{stem}.xml').write_text(
        f'<annotation><filename>{stem}{suffix}</filename>'
        f'<size><width>40</width><height>30</height></size>{objects}</annotation>'
    )


def test_reads_boxes_of_any_image_format(tmp_path):
    write(tmp_path, 'b', OBJECT.format(difficult=1), suffix='.png')
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    dataset = VOCDetection(data_root=str(tmp_path))
    assert [Path(dataset.get_data_info(i)['img_path']).name for i in range(2)] == [
        'a.tiff',
        'b.png',
    ]
    assert dataset.get_data_info(0)['instances'] == [
        {'bbox': [1.0, 2.5, 12.0, 20.0], 'bbox_label': 0, 'ignore_flag': 0}
    ]
    assert dataset.get_data_info(1)['instances'][0]['ignore_flag'] == 1


def test_edges_counted_from_zero(tmp_path):
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    dataset = VOCDetection(data_root=str(tmp_path), one_based=False)
    assert dataset.get_data_info(0)['instances'][0]['bbox'] == [2.0, 3.5, 12.0, 20.0]


def test_list_file_chooses_samples(tmp_path):
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    write(tmp_path, 'b', OBJECT.format(difficult=0))
    (tmp_path / 'val.txt').write_text('b\n')
    assert len(VOCDetection(data_root=str(tmp_path), ann_file='val.txt')) == 1
    (tmp_path / 'val.txt').write_text('b\na\nb\n')
    with pytest.raises(DataError, match=r"val\.txt names 'b' 2 times"):
        VOCDetection(data_root=str(tmp_path), ann_file='val.txt')
    (tmp_path / 'val.txt').write_text('b\nc\n')
    with pytest.raises(DataError, match=r"val\.txt names 'c', but .*c\.xml is missing"):
        VOCDetection(data_root=str(tmp_path), ann_file='val.txt')


@pytest.mark.parametrize(
    'objects', [OBJECT.replace('<xmin>2</xmin>', ''), '<object>', OBJECT.replace('2<', 'two<')]
)
def test_incomplete_file_is_named(tmp_path, objects):
    write(tmp_path, 'a', objects)
    with pytest.raises(DataError, match=r'a\.xml is not a complete annotation'):
        VOCDetection(data_root=str(tmp_path))


def test_xml_and_json_of_real_scenes_agree(shared):
    root = str(shared / 'data' / 'mstar_scene_det')
    options = {'data_root': root, 'single_class': 'vehicle'}
    voc = VOCDetection(data_prefix={'img': 'images', 'ann': 'voc_xml'}, **options)
    coco = CocoDetection(ann_file='annotations.json', data_prefix={'img': 'images'}, **options)
    assert len(voc) == len(coco) == 48
    by_path = {coco.get_data_info(i)['img_path']: coco.get_data_info(i) for i in range(48)}
    for i in range(48):
        info = voc.get_data_info(i)
        other = by_path[info['img_path']]
        clipped = [
            [max(x1, 0), max(y1, 0), min(x2, info['width']), min(y2, info['height'])]
            for x1, y1, x2, y2 in (box['bbox'] for box in info['instances'])
        ]
        assert sorted(clipped) == sorted(box['bbox'] for box in other['instances'])


def test_the_image_is_the_one_named_like_the_annotation(tmp_path):
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    write(tmp_path, 'b', OBJECT.format(difficult=0))
    annotation = tmp_path / 'Annotations' / 'b.xml'
    text = annotation.read_text()
    assert '<filename>b.' in text
    annotation.write_text(text.replace('<filename>b.', '<filename>a.'))
    dataset = VOCDetection(data_root=str(tmp_path))
    assert [Path(dataset.get_data_info(i)['img_path']).stem for i in (0, 1)] == ['a', 'b']


def test_a_part_without_one_of_the_classes_is_no_error(tmp_path):
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    dataset = VOCDetection(data_root=str(tmp_path), metainfo={'classes': ('harbor', 'ship')})
    assert dataset.get_cat_ids(0) == [1]
    with pytest.raises(DataError, match='no class harbor'):
        VOCDetection(data_root=str(tmp_path), metainfo={'classes': ('harbor',)})


def test_annotations_may_lie_beside_the_images(tmp_path):
    write(tmp_path, 'a', OBJECT.format(difficult=0))
    (tmp_path / 'Annotations' / 'a.xml').rename(tmp_path / 'JPEGImages' / 'a.xml')
    (tmp_path / 'JPEGImages' / 'a.txt').touch()
    dataset = VOCDetection(
        data_root=str(tmp_path), data_prefix={'img': 'JPEGImages', 'ann': 'JPEGImages'}
    )
    assert Path(dataset.get_data_info(0)['img_path']).name == 'a.tiff'


POINTS = """<objects><object><possibleresult><name>ship</name></possibleresult><points>
<point>12,3</point><point>12, 20</point><point>2,20</point><point>2,3.5</point></points></object>
</objects>"""


@pytest.mark.parametrize('one_based', [True, False])
def test_points_of_the_gaofen_challenge_are_edges(tmp_path, one_based):
    write(tmp_path, 'a', POINTS)
    path = tmp_path / 'Annotations' / 'a.xml'
    path.write_text(path.read_text().replace('size>', 'other>'))  # no size: from the image
    info = VOCDetection(data_root=str(tmp_path), one_based=one_based).get_data_info(0)
    assert info['instances'] == [
        {'bbox': [2.0, 3.0, 12.0, 20.0], 'bbox_label': 0, 'ignore_flag': 0}
    ]
    assert (info['width'], info['height']) == (40, 30)
