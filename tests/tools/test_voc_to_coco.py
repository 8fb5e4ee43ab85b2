import json
from pathlib import Path

import numpy as np
import pytest
from dataset_converters import voc_to_coco
from PIL import Image

from mmsar.datasets import CocoDetection, VOCDetection
from mmsar.errors import DataError


def write(root: Path, images: str = 'JPEGImages', annotations: str = 'Annotations') -> Path:
    """Write five images of two classes with seeded boxes; the last has none."""
    generator = np.random.default_rng(0)
    for folder in (images, annotations, 'ImageSets/Main'):
        (root / folder).mkdir(parents=True)
    for number in range(5):
        Image.new('L', (50, 40)).save(root / images / f's{number}.png')
        objects = ''
        for place in range(3 if number < 4 else 0):
            x, y = generator.integers(1, 30, 2)
            # Quarters of pixels: sums and differences are exact.
            width, height = generator.integers(8, 40, 2) / 4
            box = (
                f'<xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + width}</xmax><ymax>{y + height}</ymax>'
            )
            objects += (
                f'<object><name>{("ship", "buoy")[place % 2]}</name>'
                f'<difficult>{int(place == 2)}</difficult><bndbox>{box}</bndbox></object>'
            )
        (root / annotations / f's{number}.xml').write_text(
            f'<annotation><size><width>50</width><height>40</height></size>{objects}</annotation>'
        )
    (root / 'ImageSets/Main/train.txt').write_text('s3\ns1\n')
    return root


def samples(dataset) -> list:
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return [
        (
            info['img_path'],
            info['width'],
            info['height'],
            [(b['bbox'], b['bbox_label'], b['ignore_flag']) for b in info['instances']],
        )
        for info in infos
    ]


@pytest.mark.parametrize(
    ('flags', 'options'),
    [
        ([], {}),
        (['--zero-based'], {'one_based': False}),
        (['--list', 'ImageSets/Main/train.txt'], {'ann_file': 'ImageSets/Main/train.txt'}),
        (['--classes', 'ship', 'buoy'], {'metainfo': {'classes': ('ship', 'buoy')}}),
        (['--classes', 'ship'], {'metainfo': {'classes': ('ship',)}}),
    ],
)
def test_the_coco_file_reads_as_the_xml_files(tmp_path, capsys, flags, options):
    root = write(tmp_path)
    voc_to_coco.main([str(root), str(tmp_path / 'new' / 'out.json'), *flags])
    voc = VOCDetection(data_root=str(root), **options)
    coco = CocoDetection(
        data_root=str(root), ann_file='new/out.json', data_prefix={'img': 'JPEGImages'}
    )
    assert samples(coco) == samples(voc)
    assert coco.metainfo['classes'] == voc.metainfo['classes']
    assert f'{len(voc)} images' in capsys.readouterr().out


def test_the_file_is_complete_coco(tmp_path):
    root = write(tmp_path, 'pictures', 'labels')
    out = tmp_path / 'out.json'
    voc_to_coco.main([str(root), str(out), '--img-dir', 'pictures', '--ann-dir', 'labels'])
    content = json.loads(out.read_text())
    assert content['categories'] == [{'id': 1, 'name': 'buoy'}, {'id': 2, 'name': 'ship'}]
    assert [image['id'] for image in content['images']] == [1, 2, 3, 4, 5]
    assert content['images'][0] == {'id': 1, 'file_name': 's0.png', 'width': 50, 'height': 40}
    annotations = content['annotations']
    assert [a['id'] for a in annotations] == list(range(1, 13))
    assert [a['iscrowd'] for a in annotations[:3]] == [0, 0, 1]
    for annotation in annotations:
        assert annotation['area'] == annotation['bbox'][2] * annotation['bbox'][3]


def test_a_broken_set_leaves_the_old_file(tmp_path):
    root = write(tmp_path)
    out = tmp_path / 'out.json'
    out.write_text('old')
    (root / 'Annotations/s2.xml').write_text('<annotation>')
    with pytest.raises(DataError, match=r's2\.xml is not a complete annotation'):
        voc_to_coco.main([str(root), str(out)])
    assert out.read_text() == 'old'
    with pytest.raises(SystemExit):
        voc_to_coco.main([str(root), str(tmp_path / 'out.txt')])
