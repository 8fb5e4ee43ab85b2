import miniatures as mini
import pytest
from readings import reading, subsets

from mmsar.datasets import HRSID
from mmsar.errors import DataError

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


@pytest.mark.parametrize('suffix', ['.jpg', '.png'])
def test_reads_boxes_and_splits(tmp_path, suffix):
    for split, scenes in mini.write_hrsid(tmp_path, suffix).items():
        dataset = HRSID(str(tmp_path), split)
        assert reading(dataset) == scenes
        assert dataset.metainfo['classes'] == ('ship',)
        info = dataset.get_data_info(0)
        assert info['img_path'].endswith(suffix)
        x1, y1, x2, y2 = info['instances'][0]['bbox']
        assert info['instances'][0]['area'] == (x2 - x1) * (y2 - y1) - 1  # of the polygon


def test_inshore_and_offshore_by_any_name(tmp_path):
    first, second = mini.write_hrsid(tmp_path)['test']
    assert subsets(HRSID(str(tmp_path), 'test')) == {first: 'inshore', second: 'offshore'}
    assert set(subsets(HRSID(str(tmp_path), 'train')).values()) == {None}
    folder = tmp_path / 'annotations'
    (folder / 'inshore.json').rename(folder / 'test_inshore2017.json')
    (folder / 'offshore.json').rename(folder / 'test_offshore2017.json')
    assert subsets(HRSID(str(tmp_path), 'test')) == {first: 'inshore', second: 'offshore'}
    (folder / 'test_inshore2017.json').unlink()
    assert set(subsets(HRSID(str(tmp_path), 'test')).values()) == {None}


def test_backgrounds_are_added(tmp_path):
    scenes = mini.write_hrsid(tmp_path)['test']
    for stem in ('b', 'a'):
        mini.write_image(tmp_path / 'background' / f'{stem}.png')
    (tmp_path / 'background' / 'list.txt').touch()
    dataset = HRSID(str(tmp_path), 'test', backgrounds='background')
    assert reading(dataset) == {**scenes, 'a': [], 'b': []}
    infos = [dataset.get_data_info(i) for i in range(4)]
    assert len({info['img_id'] for info in infos}) == 4
    assert (infos[3]['width'], infos[3]['height']) == (mini.WIDTH, mini.HEIGHT)
    assert len(HRSID(str(tmp_path), backgrounds='background', filter_cfg={'filter_empty_gt': 1}))
    absolute = HRSID(str(tmp_path), 'test', backgrounds=str(tmp_path / 'background'))
    assert len(absolute) == 4


def test_backgrounds_that_are_not_there_are_named(tmp_path):
    mini.write_hrsid(tmp_path)
    with pytest.raises(DataError, match=r'backgrounds: .*none is not a folder'):
        HRSID(str(tmp_path), backgrounds='none')
    (tmp_path / 'none').mkdir()
    with pytest.raises(DataError, match=r'backgrounds: .*none has no images'):
        HRSID(str(tmp_path), backgrounds='none')


def test_a_copy_without_one_split(tmp_path):
    mini.write_hrsid(tmp_path)
    (tmp_path / 'annotations' / 'test2017.json').unlink()
    assert len(HRSID(str(tmp_path), 'train')) == 3
    with pytest.raises(DataError, match=r'test2017\.json is missing: this copy of HRSID'):
        HRSID(str(tmp_path), 'test')
