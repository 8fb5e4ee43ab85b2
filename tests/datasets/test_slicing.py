import json
from pathlib import Path

import numpy as np
import pytest
from dataset_converters import slice_scenes
from mmengine.dataset import Compose

from mmsar.datasets import CocoDetection
from mmsar.datasets.detection.coco_file import write_coco
from mmsar.datasets.detection.slicing import Slicing
from mmsar.datasets.detection.tile_set import write_tile_set
from mmsar.datasets.tiles import cut_boxes, tile_windows
from mmsar.datasets.transforms import LoadSARImage, StretchSAR
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, Window, read_raster, write_raster


def write_scene(folder: Path, size: int = 700, suffix: str = '.tif') -> Path:
    """Write one 16-bit scene with four objects."""
    rng = np.random.default_rng(0)
    (folder / 'scenes').mkdir(parents=True)
    pixels = rng.gamma(4, 1000, (size, size)).astype(np.uint16)
    meta = RasterMeta(
        (size, size, 1), 'uint16', crs='EPSG:32650', transform=(2, 0, 5e5, 0, -2, 4e6)
    )
    write_raster(folder / 'scenes' / f'7{suffix}', pixels, meta)
    boxes = [(10.25, 20, 30, 40), (240, 300.125, 60, 17), (600, 600, 120, 80), (5, 500, 400, 10)]
    write_coco(
        folder / 'scenes.json',
        [{'id': 3, 'file_name': f'7{suffix}', 'height': size, 'width': size}],
        [
            {'id': i, 'image_id': 3, 'category_id': 1, 'bbox': box, 'iscrowd': int(i == 2)}
            for i, box in enumerate(boxes, 1)
        ],
        ['ship'],
    )
    return folder


def scenes_of(folder: Path) -> CocoDetection:
    return CocoDetection(
        data_root=str(folder), ann_file='scenes.json', data_prefix={'img': 'scenes'}, test_mode=True
    )


def tiles_of(folder: Path, **kwargs) -> CocoDetection:
    kwargs = {'test_mode': True, **kwargs}
    return CocoDetection(
        data_root=str(folder), ann_file='train.json', data_prefix={'img': 'train'}, **kwargs
    )


@pytest.mark.parametrize(
    ('shape', 'size', 'overlap', 'count'),
    [
        ((3000, 3000), 512, 0.5, 121),
        ((1000, 1000), 512, 0.5, 9),
        ((512, 513), 512, 0.5, 2),
        ((300, 200), 512, 0.5, 1),
        ((1024, 1024), 512, 0.0, 4),
        ((1000, 600), 256, 0.25, 15),
    ],
)
def test_windows_cover_the_scene_and_stay_inside(shape, size, overlap, count):
    windows = tile_windows(shape, size, overlap)
    assert len(windows) == len(set(windows)) == count
    seen = np.zeros(shape, bool)
    for row, column, height, width in windows:
        assert (height, width) == (min(size, shape[0]), min(size, shape[1]))
        assert row + height <= shape[0]
        assert column + width <= shape[1]
        seen[row : row + height, column : column + width] = True
    assert seen.all()


def test_shares_and_cuts_by_hand():
    boxes = np.array([[10, 10, 30, 20], [90, 0, 110, 10], [95, 95, 135, 105.0], [-10, 0, 10, 10]])
    cut, share = cut_boxes(boxes, Window(0, 0, 100, 100), (200, 120))
    # The third ends outside the scene (120 wide): of 25 x 10 pixels in it, 5 x 5 are in the tile.
    assert share.tolist() == [1.0, 0.5, 0.1, 1.0]
    assert cut.tolist() == [[10, 10, 30, 20], [90, 0, 100, 10], [95, 95, 100, 100], [0, 0, 10, 10]]
    cut, _ = cut_boxes(boxes, Window(0, 80, 100, 40), (200, 120))
    assert cut[1].tolist() == [10, 0, 30, 10]


def test_tiles_keep_values_places_and_boxes(tmp_path):
    scene = write_scene(tmp_path)
    path = write_tile_set(scenes_of(scene), tmp_path, 'train', Slicing(256, 0.5), processes=1)
    content = json.loads(path.read_text())
    whole, _ = read_raster(tmp_path / 'scenes' / '7.tif')
    assert len(content['images']) == 25
    for image in content['images']:
        row, column, height, width = image['window']
        tile, meta = read_raster(tmp_path / 'train' / image['file_name'])
        assert np.array_equal(tile, whole[row : row + height, column : column + width])
        assert meta.dtype == 'uint16'
        assert meta.transform == (2, 0, 5e5 + 2 * column, 0, -2, 4e6 - 2 * row)
    # Ignored: what the scene ignores, and what is cut to less than 0.7 of its part in the scene.
    windows = {image['id']: image['window'] for image in content['images']}
    scene_boxes = [[10.25, 20, 40.25, 60], [240, 300.125, 300, 317.125], [600, 600, 700, 680]]
    scene_boxes.append([5, 500, 405, 510])
    for item in content['annotations']:
        row, column, height, width = windows[item['image_id']]
        x1, y1, x2, y2 = scene_boxes[int(item['scene_object'].split('/')[1])]
        left, top = max(x1 - column, 0), max(y1 - row, 0)
        right, bottom = min(x2 - column, width), min(y2 - row, height)
        assert item['bbox'] == [left, top, right - left, bottom - top]
        share = (right - left) * (bottom - top) / (x2 - x1) / (y2 - y1)
        assert share >= 0.3
        assert item['iscrowd'] == (item['scene_object'] == '7/1' or share < 0.7)


def test_shifted_back_the_boxes_are_those_of_the_scene(tmp_path):
    scene = write_scene(tmp_path)
    write_tile_set(scenes_of(scene), tmp_path, 'train', Slicing(256, 0.5), processes=1)
    tiles = tiles_of(tmp_path)
    joined: dict[str, np.ndarray] = {}
    for number in range(len(tiles)):
        info = tiles.get_data_info(number)
        assert info['scene'] == '7'
        assert info['scene_shape'] == (700, 700)
        row, column, _, _ = info['window']
        for item in info['instances']:
            box = np.array(item['bbox']) + [column, row] * 2
            before = joined.get(item['scene_object'], box)
            joined[item['scene_object']] = np.concatenate(
                [np.minimum(before, box)[:2], np.maximum(before, box)[2:]]
            )
    original = [item['bbox'] for item in scenes_of(scene).get_data_info(0)['instances']]
    original[2] = [600, 600, 700, 680]  # what the scene shows of it
    assert [joined[f'7/{i}'].tolist() for i in range(4)] == original


def test_an_object_longer_than_the_tiles_is_ignored_not_lost(tmp_path, capsys):
    scene = write_scene(tmp_path)
    write_tile_set(scenes_of(scene), tmp_path, 'train', Slicing(64, 0.5), processes=1)
    assert '3 of the objects are not whole in any tile' in capsys.readouterr().out
    items = json.loads((tmp_path / 'train.json').read_text())['annotations']
    longest = [item for item in items if item['scene_object'] == '7/3']
    assert longest
    assert all(item['iscrowd'] for item in longest)


def test_a_tile_is_stretched_as_its_scene_is(tmp_path):
    scene = write_scene(tmp_path)
    write_tile_set(scenes_of(scene), tmp_path, 'train', Slicing(256, 0.5), processes=1)
    steps = [LoadSARImage(channels=1), StretchSAR('percentile', 2, 98)]
    stretched = Compose(steps)({'img_path': str(tmp_path / 'scenes' / '7.tif')})['img']
    tiles = tiles_of(tmp_path, pipeline=steps)
    for number in (0, 12, 24):
        sample = tiles[number]
        row, column, height, width = sample['window']
        part = stretched[row : row + height, column : column + width]
        np.testing.assert_allclose(sample['img'], part, atol=1e-4)
    with pytest.raises(ConfigError, match=r'carry percentiles 0, 0\.1, .*percentile 3 is none'):
        tiles_of(tmp_path, pipeline=[LoadSARImage(), StretchSAR('percentile', 3, 98)])[0]


def test_percentiles_of_all_bands_do_not_serve_one(tmp_path):
    (tmp_path / 'scenes').mkdir()
    pixels = np.random.default_rng(0).integers(1, 900, (60, 60, 2), np.uint16)
    write_raster(tmp_path / 'scenes' / '7.tif', pixels)
    write_coco(
        tmp_path / 'scenes.json',
        [{'id': 1, 'file_name': '7.tif', 'height': 60, 'width': 60}],
        [{'image_id': 1, 'category_id': 1, 'bbox': [1, 1, 9, 9]}],
        ['ship'],
    )
    write_tile_set(scenes_of(tmp_path), tmp_path, 'train', Slicing(40), processes=1)
    both = [LoadSARImage(bands=[0, 1]), StretchSAR('percentile')]
    assert tiles_of(tmp_path, pipeline=both)[0]['img'].shape == (40, 40, 2)
    one = [LoadSARImage(bands=[0]), StretchSAR('percentile')]
    with pytest.raises(ConfigError, match='percentiles of all bands'):
        tiles_of(tmp_path, pipeline=one)[0]


def test_scenes_and_their_annotations_are_never_overwritten(tmp_path):
    scene = write_scene(tmp_path)
    before = (scene / 'scenes.json').read_text()
    with pytest.raises(ConfigError, match=r'scenes\.json holds the annotations of the scenes'):
        write_tile_set(scenes_of(scene), tmp_path, 'scenes', processes=1)
    assert (scene / 'scenes.json').read_text() == before
    (scene / 'scenes.json').rename(scene / 'other.json')
    dataset = CocoDetection(
        data_root=str(scene), ann_file='other.json', data_prefix={'img': 'scenes'}, test_mode=True
    )
    with pytest.raises(ConfigError, match='is the folder of the scenes'):
        write_tile_set(dataset, tmp_path, 'scenes', processes=1)
    for name in ('', '../x', 'a/b'):
        with pytest.raises(ConfigError, match='give a plain word'):
            write_tile_set(dataset, tmp_path, name, processes=1)
    assert sorted(path.name for path in scene.iterdir()) == ['other.json', 'scenes']
    assert [path.name for path in (scene / 'scenes').iterdir()] == ['7.tif']


def test_percentiles_of_a_tile_follow_its_domain(tmp_path):
    scene = write_scene(tmp_path)
    write_tile_set(scenes_of(scene), tmp_path, 'train', Slicing(256, 0.5), processes=1)
    load = LoadSARImage(domain_in='amplitude', domain_out='db', channels=1)
    steps = [load, StretchSAR('percentile')]
    whole = Compose(steps)({'img_path': str(tmp_path / 'scenes' / '7.tif')})['img_stretch']
    tile = tiles_of(tmp_path, pipeline=steps)[3]['img_stretch']
    assert (tile.low, tile.high) == pytest.approx((whole.low, whole.high), abs=1e-3)


def test_voc_scenes_and_two_processes(tmp_path):
    (tmp_path / 'scenes').mkdir()
    for name in 'ab':
        write_raster(tmp_path / 'scenes' / f'{name}.png', np.full((60, 90), 300, np.uint16))
        (tmp_path / 'scenes' / f'{name}.xml').write_text(
            '<annotation><size><width>90</width><height>60</height></size><object>'
            '<name>ship</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>20</xmax><ymax>10</ymax>'
            '</bndbox></object></annotation>'
        )
    folder = str(tmp_path / 'scenes')
    arguments = [folder, folder, str(tmp_path), '--size', '40', '--processes', '2']
    slice_scenes.main(arguments)
    tiles = tiles_of(tmp_path, filter_cfg={'filter_empty_gt': True}, test_mode=False)
    assert [Path(tiles.get_data_info(i)['img_path']).name for i in range(2)] == [
        'a_0_0.png',
        'b_0_0.png',
    ]
    assert len(tiles_of(tmp_path)) == 2 * 2 * 4


def test_bad_slicing_is_refused(tmp_path):
    for kwargs in ({'keep': 0.2}, {'ignore': 0}, {'keep': 1.5}):
        with pytest.raises(ConfigError, match='0 < ignore <= keep <= 1'):
            Slicing(**kwargs)
    for cut in (lambda: tile_windows((10, 10), 5, 1.0), lambda: Slicing(5, 1.0)):
        with pytest.raises(ConfigError, match='overlap=1'):
            cut()
    scene = write_scene(tmp_path)
    content = json.loads((scene / 'scenes.json').read_text())
    content['images'][0]['height'] = 710
    (scene / 'scenes.json').write_text(json.dumps(content))
    with pytest.raises(DataError, match=r'7\.tif has 700 x 700 pixels, .*says 700 x 710'):
        write_tile_set(scenes_of(scene), tmp_path, 'train', processes=1)
    assert not (tmp_path / 'train.json').exists()


def test_two_scenes_of_one_name_are_refused(tmp_path):
    write_scene(tmp_path / 'x')
    content = json.loads((tmp_path / 'x' / 'scenes.json').read_text())
    write_scene(tmp_path / 'y')
    second = {**content['images'][0], 'id': 4, 'file_name': str(tmp_path / 'y/scenes/7.tif')}
    content['images'].append(second)
    (tmp_path / 'x' / 'scenes.json').write_text(json.dumps(content))
    with pytest.raises(DataError, match='2 scenes are called 7'):
        write_tile_set(scenes_of(tmp_path / 'x'), tmp_path, 'train', processes=1)
