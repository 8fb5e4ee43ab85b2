"""Detection in scenes: tiles against the whole, values, places, land, no data."""

import json
import sqlite3
import struct

import numpy as np
import pytest
import toy_scenes as toy
from PIL import Image

from mmsar.apis import SceneDetector
from mmsar.apis.scenes.background import in_background
from mmsar.apis.scenes.detections import locate
from mmsar.apis.scenes.geojson import to_geojson
from mmsar.apis.scenes.outputs import Outputs
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, open_raster, read_raster, write_raster
from mmsar.io.georeference import affine, metres

SHAPE = (230, 190)


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    return toy.write_config(tmp_path_factory.mktemp('toy'))


@pytest.fixture
def detector(config):
    return SceneDetector(config, None)


def ordered(boxes):
    return sorted(map(tuple, np.asarray(boxes).tolist()))


@pytest.mark.parametrize('suffix', ['.tif', '.png', '.npy'])
def test_tiles_find_what_the_whole_shows(config, detector, tmp_path, suffix):
    """Targets on every border and corner: none is lost, none is found twice."""
    truth = toy.write_scene(tmp_path / f'a{suffix}', SHAPE)
    tiled = detector(tmp_path / f'a{suffix}')
    whole = SceneDetector(config, None, tile=256)(tmp_path / f'a{suffix}')
    assert (tiled.tiles, whole.tiles) == (30, 1)
    assert ordered(tiled.boxes) == ordered(whole.boxes) == ordered(truth)
    assert sorted(tiled.scores) == sorted(whole.scores)
    assert (np.diff(tiled.scores) <= 0).all()
    assert set(tiled.labels) == {0, 1}
    assert (tiled.corners is None) == (suffix != '.tif')
    assert ordered(detector(read_raster(tmp_path / f'a{suffix}')[0]).boxes) == ordered(truth)


def test_places_in_wgs84(detector, tmp_path):
    truth = np.array(toy.write_scene(tmp_path / 'a.tif', SHAPE), float)
    found = detector(tmp_path / 'a.tif')
    place = affine((10, 0, 5e5, 0, -10, 6e6), 'EPSG:32632')
    middle = {tuple(t): (t[:2] + t[2:]) / 2 for t in truth}
    for box, centre, length in zip(found.boxes, found.centres, found.lengths, strict=True):
        expected = place.lonlat(*middle[tuple(box)])
        assert metres(*centre, *expected) < 0.1  # of pixels of 10 m
        assert length == pytest.approx(10 * (box[2:] - box[:2]).max(), rel=5e-4)
    feature = to_geojson(found)['features'][0]
    ring = np.array(feature['geometry']['coordinates'][0])
    assert (ring[0] == ring[-1]).all()
    x, y = (ring - ring[0]).T
    assert (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0  # counter-clockwise
    assert feature['properties']['class'] in ('dim', 'bright')


def test_boxes_over_the_antimeridian():
    found = {'boxes': [[-1, 0, 3, 2]], 'scores': [0.9], 'labels': [0], 'tiles': 1, 'skipped': 0}
    place = affine((0.01, 0, 179.99, 0, -0.01, 10), 'EPSG:4326')
    result = locate(found, 'a', (9, 9), ('ship',), place, None)
    geometry = to_geojson(result)['features'][0]['geometry']
    assert geometry['type'] == 'MultiPolygon'
    longitudes = [np.array(part[0])[:, 0] for part in geometry['coordinates']]
    np.testing.assert_allclose([longitudes[0].min(), longitudes[0].max()], [179.98, 180])
    np.testing.assert_allclose([longitudes[1].min(), longitudes[1].max()], [-180, -179.98])
    np.testing.assert_allclose(np.abs(result.centres), [[180, 9.99]])
    assert result.lengths[0] == pytest.approx(0.04 * 111_319.5 * np.cos(np.radians(9.99)), rel=1e-3)


def test_percentiles_are_those_of_the_scene(config, tmp_path):
    """What the network sees of a tile is the tile of what it sees of the scene."""
    rng = np.random.default_rng(0)
    image = (rng.gamma(2, 50, SHAPE) * np.linspace(1, 20, SHAPE[1])).astype(np.float32)
    write_raster(tmp_path / 'a.tif', image)
    stretch = {'rule': 'percentile', 'low': 3, 'high': 97.3}
    pipeline = SceneDetector(config, None, stretch=stretch).pipeline
    results = pipeline.loader.transform({'img_path': str(tmp_path / 'a.tif')})
    for step in pipeline.steps:
        results = step(results)
    with open_raster(tmp_path / 'a.tif') as raster:
        opened = pipeline.open(raster)
        tile = opened.tile(opened.reader.raster._require_inside((50, 90, 64, 64)))
    expected = results['inputs'][:, 50:114, 90:154]
    # The scene has each pixel in three channels: ranks between two pixels are others.
    np.testing.assert_allclose(tile['inputs'], expected, atol=0.01)  # of 255


@pytest.mark.parametrize('mode', ['L', 'RGB'])
def test_a_pipeline_of_mmdet_sees_the_same_pixels(tmp_path, mode):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (40, 50, 3) if mode == 'RGB' else (40, 50)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    path = toy.write_config(tmp_path)
    path.write_text(
        path.read_text()
        + "\npipeline[:2] = [dict(type='LoadImageFromFile', backend_args=None)]"
        + "\npipeline.insert(1, dict(type='Resize', scale=(64, 64), keep_ratio=True))"
    )
    pipeline = SceneDetector(path, None).pipeline
    from mmengine.dataset import Compose

    theirs = Compose(SceneDetector(path, None).config.pipeline)(
        {'img_path': str(tmp_path / 'a.png')}
    )
    with open_raster(tmp_path / 'a.png') as raster:
        opened = pipeline.open(raster)
        ours = opened.tile(raster._require_inside((0, 0, 40, 50)))
    assert ours['inputs'].dtype == theirs['inputs'].dtype
    np.testing.assert_array_equal(ours['inputs'], theirs['inputs'])


def test_no_data_and_land_are_skipped(detector, tmp_path):
    truth = toy.edge_targets(SHAPE)
    image = toy.draw(SHAPE, truth)
    image[:, :100] = 0
    meta = RasterMeta((*SHAPE, 1), '', crs='EPSG:32632', transform=(10, 0, 5e5, 0, -10, 6e6))
    write_raster(tmp_path / 'a.tif', image, meta)
    found = detector(tmp_path / 'a.tif')
    assert found.skipped > 0
    assert found.tiles + found.skipped == 30
    inside = [t for t in truth if t[0] >= 100]
    assert {tuple(t) for t in inside} <= set(ordered(found.boxes))
    # The lower half is land: by polygons, by a raster of the same size, and by another one.
    place = affine(meta.transform, meta.crs)
    columns, rows = [-9, 199, 199, -9, -9], [119.7, 119.7, 240, 240, 119.7]
    corners = np.stack(place.lonlat(columns, rows), 1)
    polygon = {'type': 'Polygon', 'coordinates': [corners.tolist()]}
    (tmp_path / 'land.geojson').write_text(json.dumps({'type': 'Feature', 'geometry': polygon}))
    mask = np.zeros(SHAPE, np.uint8)
    mask[120:] = 1
    write_raster(tmp_path / 'same.png', mask)
    # Its rows do not begin with those of the scene: no centre lies on an edge.
    where = (100, 0, 5e5, 0, -100, 6e6 + 3)
    coarse = RasterMeta((25, 30, 1), '', crs='EPSG:32632', transform=where)
    rows = np.repeat((np.arange(25) >= 12)[:, None], 30, axis=1).astype(np.uint8)
    write_raster(tmp_path / 'coarse.tif', rows, coarse)
    expected = [b for b in ordered(found.boxes) if (b[1] + b[3]) / 2 < 120]
    for name in ('land.geojson', 'same.png', 'coarse.tif'):
        on_water = detector(tmp_path / 'a.tif', land=tmp_path / name)
        assert ordered(on_water.boxes) == expected
        assert on_water.skipped > found.skipped
    with pytest.raises(DataError, match='no geo-reference'):
        detector(image, land=tmp_path / 'land.geojson')


def test_outputs(detector, tmp_path):
    toy.write_scene(tmp_path / 'a.tif', SHAPE)
    found = detector(tmp_path / 'a.tif')
    with open_raster(tmp_path / 'a.tif') as raster:
        outputs = Outputs(('geojson', 'csv', 'coco', 'gpkg'), chips=True)
        few = locate(
            {'boxes': found.boxes[:2], 'scores': found.scores[:2], 'labels': found.labels[:2],
             'tiles': 1, 'skipped': 0},
            found.name, found.shape, found.classes, raster.georeference(), None,
        )  # fmt: skip
        written = outputs.write(tmp_path / 'out', 'b/a', raster, few)
    assert written == [
        'b/a.geojson',
        'b/a.csv',
        'b/a.coco.json',
        'b/a.gpkg',
        'b/a.png',
        'b/a_chips',
    ]
    lines = (tmp_path / 'out/b/a.csv').read_text().splitlines()
    assert lines[0] == 'scene,id,class,score,x1,y1,x2,y2,lon,lat,length_m,width_m'
    assert len(lines) == 3
    coco = json.loads((tmp_path / 'out/b/a.coco.json').read_text())
    x, y, width, height = coco['annotations'][0]['bbox']
    assert [x, y, x + width, y + height] == few.boxes[0].tolist()
    # The geometry of the GeoPackage: header, well-known binary, five points
    with sqlite3.connect(tmp_path / 'out/b/a.gpkg') as file:
        (blob,) = file.execute('SELECT geom FROM detections WHERE id = 1').fetchone()
        (box,) = file.execute('SELECT min_x FROM gpkg_contents').fetchone()
    assert blob[:4] == b'GP\x00\x01'
    assert struct.unpack('<BIII', blob[8:21]) == (1, 3, 1, 5)
    assert struct.unpack('<dd', blob[21:37])[0] == pytest.approx(
        few.corners[0, :, 0].mean(), abs=1e-2
    )
    assert box == few.corners[..., 0].min()
    # A chip has the values and the place of its part of the scene.
    chip, meta = read_raster(tmp_path / 'out/b/a_chips/00001.tif')
    x1, y1, x2, y2 = few.boxes[0]
    edge = max(x2 - x1, y2 - y1) / 2
    left, top = max(0, int(x1 - edge)), max(0, int(y1 - edge))
    scene, _ = read_raster(tmp_path / 'a.tif')
    np.testing.assert_array_equal(
        chip, scene[top : top + chip.shape[0], left : left + chip.shape[1]]
    )
    assert meta.transform == (10, 0, 5e5 + 10 * left, 0, -10, 6e6 - 10 * top)
    picture = np.asarray(Image.open(tmp_path / 'out/b/a.png'))
    assert picture.shape == (*SHAPE, 3)
    assert (picture[..., 0] != picture[..., 2]).any()  # boxes have colours


def test_long_objects_and_empty_scenes(detector):
    image = np.random.default_rng(0).integers(1, 300, (100, 200)).astype(np.uint16)
    assert len(detector(image)) == 0
    assert detector(np.zeros((100, 200), np.uint16)).tiles == 0
    image[50:56, 20:180] = 2000
    with pytest.warns(UserWarning, match='longer than the overlap of tiles of 24 pixels'):
        detector(image)


def test_tta_of_a_config(tmp_path):
    """mmdet's wrapper: an image and its mirror image see the same."""
    path = toy.write_config(tmp_path)
    keys = ('img_path', 'ori_shape', 'img_shape', 'flip', 'flip_direction')
    ways = [
        [{'type': 'RandomFlip', 'prob': 1.0}, {'type': 'RandomFlip', 'prob': 0.0}],
        [{'type': 'PackDetInputs', 'meta_keys': keys}],
    ]
    path.write_text(
        path.read_text()
        + "\ntta_model = dict(type='DetTTAModel', tta_cfg=dict(nms=dict(type='nms', "
        + 'iou_threshold=0.5), max_per_img=100))'
        + f"\ntta_pipeline = [*pipeline[:2], dict(type='TestTimeAug', transforms={ways!r})]"
    )
    truth = toy.edge_targets((100, 100))
    image = toy.draw((100, 100), truth)
    plain, doubled = (SceneDetector(path, None, tta=tta)(image) for tta in (False, True))
    assert ordered(plain.boxes) == ordered(doubled.boxes) == ordered(truth)


def test_errors(config, detector, tmp_path):
    for settings, match in (
        ({'tile': 16, 'overlap': 16}, 'tile=16'),
        ({'batch_size': 0}, 'batch_size=0'),
        ({'stretch': {'rule': 'nothing'}}, 'rule='),
        ({'options': {'test_dataloader.dataset.pipeline': []}}, 'pipeline'),
        ({'options': {'test_dataloader.dataset.metainfo.classes': ()}}, 'names the classes'),
    ):
        with pytest.raises(ConfigError, match=match):
            SceneDetector(config, None, **settings)
    with pytest.raises(DataError, match='an image is'):
        detector(np.zeros((2, 2, 2, 2)))

    def items():
        yield 1
        raise DataError('in the thread')

    with pytest.raises(DataError, match='in the thread'), in_background(items()) as taken:
        list(taken)
    with in_background(iter(range(100))) as taken:  # ends early, and its thread too
        assert next(taken) == 0
