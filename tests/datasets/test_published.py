"""What all readers of published data sets do alike, on a miniature of each."""

import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import miniatures as mini
import pytest
from readings import reading

from mmsar import datasets
from mmsar.datasets.detection.published import PublishedDetection
from mmsar.datasets.transforms.load_sar_image import LoadSARImage
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


class Case(NamedTuple):
    """A data set: its class, the writer of its miniature, folders without which it is not found."""

    cls: type[PublishedDetection]
    write: Callable[[Path], Any]
    folders: tuple[str, ...]
    splits: tuple[str, ...]
    counts: dict[str, int]  # of the miniature, in the published form


CASES = [
    Case(
        datasets.SSDD,
        mini.write_ssdd,
        ('BBox_SSDD/coco_style/images', 'BBox_SSDD/coco_style/annotations'),
        ('train', 'test', 'test_inshore', 'test_offshore'),
        {'train': 3, 'test': 2},
    ),
    Case(
        datasets.HRSID,
        mini.write_hrsid,
        ('annotations', 'JPEGImages'),
        ('train', 'test'),
        {'train': 3, 'test': 2},
    ),
    Case(
        datasets.AIRSARShip1,
        mini.write_air_sarship_1,
        ('AIR-SARShip-1.0-data', 'AIR-SARShip-1.0-xml'),
        ('train', 'test'),
        {'all': 4},
    ),
    Case(
        datasets.AIRSARShip2,
        mini.write_air_sarship_2,
        ('AIR-SARShip-2.0-data', 'AIR-SARShip-2.0-xml'),
        ('train', 'test'),
        {'all': 10},
    ),
    Case(
        datasets.SARDet100K,
        mini.write_sardet_100k,
        ('Annotations', 'JPEGImages'),
        ('train', 'val', 'test'),
        {'train': 4, 'val': 4, 'test': 4},
    ),
    Case(
        datasets.SARAIRcraft,
        mini.write_sar_aircraft,
        ('Annotations', 'JPEGImages', 'ImageSets/Main'),
        ('train', 'val', 'test'),
        {'all': 15},
    ),
]
every_set = pytest.mark.parametrize('case', CASES, ids=[case.cls.__name__ for case in CASES])


@every_set
def test_is_built_from_a_config_without_reading(case):
    config = {'type': f'mmsar.{case.cls.__name__}', 'data_root': '/nowhere', 'split': 'test'}
    dataset = DATASETS.build({**config, 'lazy_init': True})
    assert type(dataset) is case.cls
    assert dataset.metainfo['classes'] == case.cls.METAINFO['classes']
    with pytest.raises(DataError, match=r"data_root '/nowhere' is not a folder; .*docs/datasets/"):
        dataset.full_init()


@every_set
def test_documentation_has_a_page(case):
    text = (ROOT / case.cls.page).read_text()
    assert f'mmsar.{case.cls.__name__}' in text
    assert f'datasets/{Path(case.cls.page).stem}' in (ROOT / 'docs/datasets.md').read_text()


@every_set
def test_unknown_split_lists_those_there_are(case):
    with pytest.raises(ConfigError, match=f"split='valid': .* has {', '.join(case.splits)}$"):
        case.cls('/nowhere', split='valid')


@every_set
@pytest.mark.parametrize('key', ['ann_file', 'data_prefix'])
def test_its_own_files_cannot_be_named(case, key):
    value = {'ann_file': 'a.json', 'data_prefix': {'img': 'images'}}[key]
    with pytest.raises(ConfigError, match=f'{case.cls.__name__} knows its files: leave out {key}'):
        case.cls('/nowhere', **{key: value})


@every_set
def test_number_of_images_is_compared(case, tmp_path, monkeypatch):
    case.write(tmp_path)
    for split in case.splits:
        published = case.cls.num_images.get(split, case.cls.num_images.get('all'))
        here = case.counts.get(split, case.counts.get('all'))
        if published is None:
            continue
        with pytest.warns(UserWarning, match=f'{here} of {published} images: an incomplete') as w:
            case.cls(str(tmp_path), split)
        assert len(w) == 1
    monkeypatch.setattr(case.cls, 'num_images', case.counts)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for split in case.splits:
            case.cls(str(tmp_path), split)
    monkeypatch.setattr(case.cls, 'num_images', {k: v - 1 for k, v in case.counts.items()})
    with pytest.warns(UserWarning, match='not the published data set'):
        case.cls(str(tmp_path), 'test')


@every_set
@pytest.mark.parametrize('inner', ['', 'a', 'a/a'])
def test_is_found_where_copies_have_it(case, tmp_path, inner):
    case.write(tmp_path / inner)
    (tmp_path / '__MACOSX' / case.folders[0]).mkdir(parents=True)
    expected = reading(case.cls(str(tmp_path / inner)))
    assert reading(case.cls(str(tmp_path))) == expected
    assert any(expected.values())


@every_set
def test_two_copies_are_named(case, tmp_path):
    for name in ('first', 'second'):
        case.write(tmp_path / name)
    with pytest.raises(DataError, match=r'has 2 copies of .*first.*second.*Set data_root to one'):
        case.cls(str(tmp_path))


def test_data_sets_may_lie_side_by_side(tmp_path):
    names = ('Official-SSDD-OPEN', 'HRSID_JPG', 'AIR-SARShip-1.0', 'AIR-SARShip-2.0')
    names = (*names, 'SARDet_100K', 'SAR-AIRcraft-1.0')
    for case, name in zip(CASES, names, strict=True):
        case.write(tmp_path / name)
    mini.write_ssdd(tmp_path / names[0], 'voc')  # folders as SAR-AIRcraft has
    for case, name in zip(CASES, names, strict=True):
        for split in case.splits:
            found = reading(case.cls(str(tmp_path), split))
            assert found == reading(case.cls(str(tmp_path / name), split))
    for case, name in zip(CASES, names, strict=True):
        (tmp_path / name).rename(tmp_path.parent / 'away')
        with pytest.raises(DataError, match=f'has no copy of {case.cls.name}'):
            case.cls(str(tmp_path))
        (tmp_path.parent / 'away').rename(tmp_path / name)


@every_set
def test_a_missing_folder_is_named(case, tmp_path):
    case.write(tmp_path)
    for folder in case.folders:
        aside = tmp_path / 'aside'
        (tmp_path / folder).rename(aside)
        with pytest.raises(DataError) as error:
            case.cls(str(tmp_path))
        aside.rename(tmp_path / folder)
        text = str(error.value)
        assert text.startswith(f'{tmp_path} has no copy of {case.cls.name}')
        assert all(line in text for line in case.cls.tree)
        assert 'Found: ' in text
        assert 'aside/' in text
        assert case.cls.page in text
        assert len(text.splitlines()) <= 7


def images(case: Case, root: Path) -> list[Path]:
    infos = case.cls(str(root))
    return [Path(infos.get_data_info(i)['img_path']) for i in range(len(infos))]


@every_set
def test_a_missing_image_is_named(case, tmp_path):
    case.write(tmp_path)
    path = images(case, tmp_path)[0]
    path.unlink()
    with pytest.raises(DataError, match=rf'1 of \d+ (images|annotations).*\b{path.stem}\b'):
        case.cls(str(tmp_path))


@every_set
def test_an_empty_file_is_named(case, tmp_path):
    case.write(tmp_path)
    path = images(case, tmp_path)[0]
    path.write_bytes(b'')
    with pytest.raises(DataError, match=re.escape(str(path))) as error:
        case.cls(str(tmp_path))
    assert 'empty (0 bytes)' in str(error.value)
    assert 'again' in str(error.value)


@every_set
def test_another_suffix_is_found_unless_there_are_two(case, tmp_path):
    case.write(tmp_path)
    before = reading(case.cls(str(tmp_path)))
    path = images(case, tmp_path)[0]
    other = path.with_suffix('.png' if path.suffix != '.png' else '.jpg')
    path.unlink()
    mini.write_image(other)
    assert reading(case.cls(str(tmp_path))) == before
    assert other in images(case, tmp_path)
    shutil.copy(other, other.with_suffix('.npy'))
    if case.cls is datasets.SARAIRcraft:
        return  # its XML files name one
    with pytest.raises(DataError, match=path.stem):
        case.cls(str(tmp_path))


@every_set
def test_images_are_loaded(case, tmp_path):
    case.write(tmp_path)
    for split in case.splits:
        for i, sample in enumerate(case.cls(str(tmp_path), split, pipeline=[LoadSARImage()])):
            assert sample['img'].shape == (mini.HEIGHT, mini.WIDTH, 1), i
            assert sample['img'].std() > 10
