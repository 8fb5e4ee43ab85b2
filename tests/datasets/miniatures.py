"""Tiny copies of the published data sets, in their folders and formats, with seeded boxes.

Nothing of mmsar.datasets is used to write them. Images are 40 pixels wide and 30 high.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmsar.io import write_raster

WIDTH, HEIGHT = 40, 30
Object = tuple[int, int, int, int, str]  # x1, y1, x2, y2, name
Scenes = dict[str, list[Object]]  # by the name of the image, without suffix


def draw(stems: Iterable[object], names: Sequence[str] = ('ship',), seed: int = 0) -> Scenes:
    """Draw one to three objects for each image; the classes take turns."""
    generator = np.random.default_rng(seed)
    scenes: Scenes = {}
    count = 0
    for stem in map(str, stems):
        scenes[stem] = []
        for _ in range(generator.integers(1, 4)):
            x, y = (int(v) for v in generator.integers(0, (WIDTH - 10, HEIGHT - 10)))
            width, height = (int(v) for v in generator.integers(2, 11, 2))
            scenes[stem].append((x, y, x + width, y + height, names[count % len(names)]))
            count += 1
    return scenes


def write_image(path: Path) -> None:
    """Write an image: TIFF of 16 bits, others of 8; its values depend on its name only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(list(path.stem.encode()))
    if path.suffix.startswith('.tif'):
        write_raster(path, generator.integers(0, 65536, (HEIGHT, WIDTH)), dtype='uint16')
    else:
        pixels = generator.integers(0, 256, (HEIGHT, WIDTH)).astype('uint8')
        Image.fromarray(pixels).save(path)


def write_voc_xml(path: Path, filename: str, objects: Iterable[Object]) -> None:
    items = ''.join(
        f'<object><name>{name}</name><difficult>0</difficult><bndbox><xmin>{x1}</xmin>'
        f'<ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>'
        for x1, y1, x2, y2, name in objects
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<annotation><folder>x</folder><filename>{filename}</filename><size><width>{WIDTH}'
        f'</width><height>{HEIGHT}</height><depth>1</depth></size>{items}</annotation>'
    )


def write_gaofen_xml(path: Path, filename: str, objects: Iterable[Object], comma: str) -> None:
    """Write corners as points, the first of them again at the end of every second object."""
    items = ''
    for number, (x1, y1, x2, y2, name) in enumerate(objects):
        corners = [(x2, y1), (x2, y2), (x1, y2), (x1, y1)]
        corners += corners[: number % 2]
        points = ''.join(f'<point>{x}{comma}{y}</point>' for x, y in corners)
        items += (
            f'<object><coordinate>pixel</coordinate><possibleresult><name>{name}</name>'
            f'</possibleresult><points>{points}</points></object>'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<annotation><source><filename>{filename}</filename></source>'
        f'<objects>{items}</objects></annotation>'
    )


def write_coco_json(
    path: Path, scenes: Scenes, names: Sequence[str], first_id: int = 1, suffix: str = '.jpg'
) -> None:
    """Write a COCO file whose category ids begin at ``first_id``."""
    ids = {name: number for number, name in enumerate(names, first_id)}
    annotations = [
        {
            'id': 1000 * number + place,
            'image_id': number,
            'category_id': ids[name],
            'bbox': [x1, y1, x2 - x1, y2 - y1],
            'area': (x2 - x1) * (y2 - y1) - 1,  # of a polygon
            'iscrowd': 0,
        }
        for number, objects in enumerate(scenes.values())
        for place, (x1, y1, x2, y2, name) in enumerate(objects)
    ]
    images = [
        {'id': number, 'file_name': f'{stem}{suffix}', 'width': WIDTH, 'height': HEIGHT}
        for number, stem in enumerate(scenes)
    ]
    categories = [{'id': number, 'name': name} for name, number in ids.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({'images': images, 'annotations': annotations, 'categories': categories})
    )


def write_ssdd(root: Path, style: str = 'coco') -> dict[str, Scenes]:
    """Write the release's folders; return the scenes of each split."""
    train, test = draw(['000002', '000003', '000004']), draw(['000001', '000009'], seed=1)
    inshore, offshore = ({stem: test[stem]} for stem in ('000001', '000009'))
    splits = {'train': train, 'test': test, 'test_inshore': inshore, 'test_offshore': offshore}
    folder = root / 'BBox_SSDD' / f'{style}_style'
    for split, scenes in splits.items():
        for stem, objects in scenes.items():
            if style == 'coco':
                write_image(folder / 'images' / split / f'{stem}.jpg')
                continue
            write_image(folder / 'JPEGImages' / f'{stem}.jpg')
            write_voc_xml(folder / 'Annotations' / f'{stem}.xml', f'{stem}.jpg', objects)
        if style == 'coco':
            path = folder / 'annotations' / f'{split}.json'
            write_coco_json(path, scenes, ['ship'], first_id=0)
        else:
            write_list(folder / 'ImageSets' / 'Main' / f'{split}.txt', scenes)
    # The other annotations of the release, which must not be taken.
    for other in ('RBox_SSDD', 'PSeg_SSDD'):
        write_coco_json(root / other / f'{style}_style' / 'annotations' / 'train.json', {}, [])
        for inner in ('images', 'JPEGImages', 'Annotations'):
            (root / other / f'{style}_style' / inner).mkdir(parents=True, exist_ok=True)
    return splits


def write_list(path: Path, stems: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(stems) + '\n')


def write_hrsid(root: Path, suffix: str = '.jpg') -> dict[str, Scenes]:
    splits = {
        'train': draw([f'P0001_0_800_{n}_{n + 800}' for n in (0, 600, 1200)]),
        'test': draw([f'P0002_0_800_{n}_{n + 800}' for n in (0, 600)], seed=1),
    }
    for split, scenes in splits.items():
        write_coco_json(root / 'annotations' / f'{split}2017.json', scenes, ['ship'])
        for stem in scenes:
            write_image(root / 'JPEGImages' / f'{stem}{suffix}')
    first, second = ({stem: objects} for stem, objects in splits['test'].items())
    write_coco_json(root / 'annotations' / 'inshore.json', first, ['ship'])
    write_coco_json(root / 'annotations' / 'offshore.json', second, ['ship'])
    return splits


def write_air_sarship_1(root: Path, pattern: str = '{}') -> dict[str, Scenes]:
    """Write four scenes, ``pattern`` making their names of their numbers."""
    scenes = draw([1, 2, 5, 10])
    for number, objects in scenes.items():
        stem = pattern.format(number)
        write_image(root / 'AIR-SARShip-1.0-data' / f'{stem}.tiff')
        write_voc_xml(root / 'AIR-SARShip-1.0-xml' / f'{stem}.xml', f'{number}.jpg', objects)
    return {
        'train': {pattern.format(n): scenes[str(n)] for n in (1, 2)},
        'test': {pattern.format(n): scenes[str(n)] for n in (5, 10)},
    }


def write_air_sarship_2(root: Path, comma: str = ',', count: int = 10) -> Scenes:
    """Write some scenes; return them all, as there is no official split."""
    scenes = draw(range(1, count + 1))
    for stem, objects in scenes.items():
        write_image(root / 'AIR-SARShip-2.0-data' / f'{stem}.tiff')
        path = root / 'AIR-SARShip-2.0-xml' / f'{stem}.xml'
        write_gaofen_xml(path, f'{stem}.tiff', objects, comma)
    return scenes


SARDET = ('ship', 'aircraft', 'car', 'tank', 'bridge', 'harbor')


def write_sardet_100k(root: Path, flat: bool = False) -> dict[str, Scenes]:
    splits = {
        split: draw([f'{split}_{n:07d}' for n in range(4)], SARDET, seed)
        for seed, split in enumerate(('train', 'val', 'test'))
    }
    for split, scenes in splits.items():
        # Ids in an order that is not that of the classes.
        write_coco_json(root / 'Annotations' / f'{split}.json', scenes, SARDET[::-1], 0, '.png')
        for stem in scenes:
            write_image(root / 'JPEGImages' / ('' if flat else split) / f'{stem}.png')
    return splits


AIRCRAFT = ('A220', 'A320/321', 'A330', 'ARJ21', 'Boeing737', 'Boeing787', 'other')


def write_sar_aircraft(root: Path) -> dict[str, Scenes]:
    splits = {
        split: draw([f'{seed}{n:06d}' for n in range(5)], AIRCRAFT, seed)
        for seed, split in enumerate(('train', 'val', 'test'))
    }
    for split, scenes in splits.items():
        write_list(root / 'ImageSets' / 'Main' / f'{split}.txt', scenes)
        for stem, objects in scenes.items():
            write_image(root / 'JPEGImages' / f'{stem}.jpg')
            write_voc_xml(root / 'Annotations' / f'{stem}.xml', f'{stem}.jpg', objects)
    return splits
