import miniatures as mini
import numpy as np
import pytest
from mmengine.dataset import Compose
from readings import reading

from mmsar.datasets import AIRSARShip1
from mmsar.datasets.transforms.load_sar_image import LoadSARImage
from mmsar.datasets.transforms.stretch import StretchSAR
from mmsar.errors import DataError
from mmsar.io import read_raster, write_raster

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')
TEST = [5, 6, 8, 10, 12, 22, 24, 29, 30, 31]


@pytest.mark.parametrize('pattern', ['{}', 'SARShip-1.0-{}', '{:04d}'])
def test_reads_boxes_and_splits_under_any_name(tmp_path, pattern):
    splits = mini.write_air_sarship_1(tmp_path, pattern.replace(':04d', ''))
    if ':04d' in pattern:
        for path in list(tmp_path.glob('*/*.*')):
            path.rename(path.with_stem(f'{int(path.stem):04d}'))
        splits = {
            k: {f'{int(stem):04d}': v for stem, v in scenes.items()} for k, scenes in splits.items()
        }
    for split, scenes in splits.items():
        dataset = AIRSARShip1(str(tmp_path), split)
        assert reading(dataset) == scenes
        assert dataset.metainfo['classes'] == ('ship',)
    assert list(splits['test'])[-1] == list(reading(AIRSARShip1(str(tmp_path), 'test')))[-1]


def test_the_committed_split_of_all_scenes(tmp_path):
    train, test = (AIRSARShip1('/nowhere', s, lazy_init=True) for s in ('train', 'test'))
    keys = [str(n) for n in range(1, 32)]
    assert sorted(map(int, test.choose(keys))) == TEST
    assert train.choose(keys) == set(keys) - test.choose(keys)
    assert len(train.choose(keys)) == 21


def test_names_of_image_and_annotation_may_differ(tmp_path):
    splits = mini.write_air_sarship_1(tmp_path)
    for path in list(tmp_path.glob('*-xml/*.xml')):
        path.rename(path.with_stem(f'SARShip-1.0-{path.stem}'))
    assert reading(AIRSARShip1(str(tmp_path))) == splits['train']


@pytest.mark.parametrize('folders', [('JPEGImages', 'Annotations'), ('both', 'both')])
def test_other_folders(tmp_path, folders):
    splits = mini.write_air_sarship_1(tmp_path / 'old')
    for old, new in zip(('data', 'xml'), folders, strict=True):
        (tmp_path / 'new' / new).mkdir(parents=True, exist_ok=True)
        for path in list((tmp_path / 'old' / f'AIR-SARShip-1.0-{old}').iterdir()):
            path.rename(tmp_path / 'new' / new / path.name)
    # What GDAL and macOS leave behind
    for name in ('1.tiff.aux.xml', '._1.xml', '._1.tiff'):
        (tmp_path / 'new' / folders[1] / name).write_text('<PAMDataset/>')
    assert reading(AIRSARShip1(str(tmp_path / 'new'))) == splits['train']


def test_tiles_in_the_folder_are_no_scenes(tmp_path):
    splits = mini.write_air_sarship_1(tmp_path)
    mini.write_image(tmp_path / 'tiles/train/1_0_1.tiff')
    mini.write_coco_json(tmp_path / 'tiles/train.json', {'1_0_1': []}, ['ship'])
    assert reading(AIRSARShip1(str(tmp_path))) == splits['train']


def test_points_instead_of_corners(tmp_path):
    splits = mini.write_air_sarship_1(tmp_path)
    for stem, objects in {**splits['train'], **splits['test']}.items():
        path = tmp_path / f'AIR-SARShip-1.0-xml/{stem}.xml'
        mini.write_gaofen_xml(path, f'{stem}.tiff', objects, ',')
    for split, scenes in splits.items():
        assert reading(AIRSARShip1(str(tmp_path), split)) == scenes


def write_early(root, separator=','):
    scenes = mini.draw([1, 5])
    for stem, objects in scenes.items():
        folder = root / f'SARShip-1.0-{stem}'
        mini.write_image(folder / f'SARShip-1.0-{stem}.png')
        lines = ''
        for x1, y1, x2, y2, name in objects:
            corners = (x2, y1, x2, y2, x1, y2, x1, y1)
            lines += ','.join(map(str, corners)) + separator + name + '\n'
        (folder / f'SARShip-{stem}.mbrect').write_text(lines + '\n')
    return scenes


@pytest.mark.parametrize('separator', [',', ', ', ' '])
def test_the_early_release(tmp_path, separator):
    scenes = write_early(tmp_path / 'AIR-SARShip-1.0', separator)
    assert reading(AIRSARShip1(str(tmp_path))) == {'SARShip-1.0-1': scenes['1']}
    test = AIRSARShip1(str(tmp_path / 'AIR-SARShip-1.0'), 'test')
    assert reading(test) == {'SARShip-1.0-5': scenes['5']}
    assert test.get_data_info(0)['width'] == mini.WIDTH  # read from the image


@pytest.mark.parametrize('line', ['1,2,3,4,5,6,7,ship', '1,2,3,4,5,6,7,8,9,ship', 'a,b,c'])
def test_a_bad_line_of_the_early_release_is_named(tmp_path, line):
    write_early(tmp_path)
    path = tmp_path / 'SARShip-1.0-1/SARShip-1.mbrect'
    path.write_text('1,2,3,4,5,6,7,8,ship\n' + line)
    with pytest.raises(DataError, match=rf'SARShip-1\.mbrect, line 2: .*{line}.* is not four'):
        AIRSARShip1(str(tmp_path))


def test_two_files_of_one_scene_are_named(tmp_path):
    mini.write_air_sarship_1(tmp_path)
    mini.write_image(tmp_path / 'AIR-SARShip-1.0-data/SARShip-1.0-2.tiff')
    with pytest.raises(DataError, match=r'two files of scene 2: .*2\.tiff and .*SARShip-1\.0-2'):
        AIRSARShip1(str(tmp_path))


def test_a_missing_xml_is_named(tmp_path):
    mini.write_air_sarship_1(tmp_path)
    (tmp_path / 'AIR-SARShip-1.0-xml/10.xml').unlink()
    with pytest.raises(DataError, match=r'1 of 4 images .* no annotation in .*-xml: 10\.tiff\.'):
        AIRSARShip1(str(tmp_path))


def test_values_above_8_bits_survive(tmp_path):
    mini.write_air_sarship_1(tmp_path)
    ramp = np.linspace(0, 4000, mini.WIDTH * mini.HEIGHT).reshape(mini.HEIGHT, mini.WIDTH)
    path = tmp_path / 'AIR-SARShip-1.0-data/1.tiff'
    write_raster(path, ramp, dtype='uint16')
    stretch = StretchSAR(rule='percentile', low=0, high=100)
    dataset = AIRSARShip1(str(tmp_path), pipeline=[LoadSARImage(channels=3)])
    image = dataset[0]['img']
    assert image.shape == (mini.HEIGHT, mini.WIDTH, 3)
    np.testing.assert_array_equal(image[..., 0], np.rint(ramp))
    np.testing.assert_array_equal(image[..., 2], read_raster(path)[0][..., 0])
    stretched = Compose([LoadSARImage(), stretch])(dataset.get_data_info(0))['img'][..., 0]
    np.testing.assert_allclose(stretched, np.rint(ramp) * 255 / 4000, rtol=1e-5)
    # Told apart above 255 and within one high byte
    assert len(np.unique(stretched[image[..., 0] > 255])) > 1000
