import miniatures as mini
import pytest
from readings import reading

from mmsar.datasets import SARAIRcraft
from mmsar.errors import DataError

pytestmark = pytest.mark.filterwarnings('ignore:.*an incomplete copy')


def test_reads_boxes_classes_and_splits(tmp_path):
    for split, scenes in mini.write_sar_aircraft(tmp_path).items():
        dataset = SARAIRcraft(str(tmp_path), split)
        assert reading(dataset) == scenes
        assert dataset.metainfo['classes'] == mini.AIRCRAFT
        spacings = {dataset.get_data_info(i)['pixel_spacing'] for i in range(len(dataset))}
        assert spacings == {(1.0, 1.0)}


@pytest.mark.parametrize('name', ['A320', 'A320-321', 'A320/A321', 'a320/321'])
def test_spellings_of_one_class(tmp_path, name):
    splits = mini.write_sar_aircraft(tmp_path)
    replace_in_xml(tmp_path, '>A320/321<', f'>{name}<')
    assert reading(SARAIRcraft(str(tmp_path))) == splits['train']


def test_two_names_of_one_class_are_not_guessed(tmp_path):
    mini.write_sar_aircraft(tmp_path)
    replace_in_xml(tmp_path, '>other<', '>A320<')
    with pytest.raises(DataError, match=r'Annotations has objects called A320 and A320/321: one'):
        SARAIRcraft(str(tmp_path))


def test_an_unknown_class_is_named(tmp_path):
    mini.write_sar_aircraft(tmp_path)
    replace_in_xml(tmp_path, '>Boeing787<', '>Boeing747<')
    with pytest.raises(DataError, match=r'the class Boeing747; the data set has A220, A320/321'):
        SARAIRcraft(str(tmp_path))


def test_a_missing_list_or_xml_is_named(tmp_path):
    splits = mini.write_sar_aircraft(tmp_path)
    (tmp_path / 'ImageSets/Main/val.txt').unlink()
    with pytest.raises(DataError, match=r"val\.txt is missing: .* has no split 'val'"):
        SARAIRcraft(str(tmp_path), 'val')
    assert reading(SARAIRcraft(str(tmp_path), 'test')) == splits['test']
    (tmp_path / 'Annotations/0000002.xml').unlink()
    with pytest.raises(DataError, match=r"names '0000002', but .* is missing"):
        SARAIRcraft(str(tmp_path))


def replace_in_xml(root, old, new):
    for path in (root / 'Annotations').glob('*.xml'):
        path.write_text(path.read_text().replace(old, new))
