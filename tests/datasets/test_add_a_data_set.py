"""The data set that docs/datasets.md shows how to add."""

import re
from pathlib import Path

import miniatures as mini
import pytest

from mmsar.errors import DataError
from mmsar.registry import DATASETS

PAGE = Path(__file__).parent.parent.parent / 'docs' / 'datasets.md'


@pytest.fixture
def example():
    """The code of the page, which registers a data set, and the config it shows."""
    section = PAGE.read_text().partition('## Add a data set')[2]
    (code,) = re.findall(r'(?s)```python\n(.+?)```', section)
    assert len([line for line in code.splitlines() if line.strip()]) <= 14  # 'a dozen'
    exec(code, {'__name__': 'harbor'})
    (config,) = re.findall(r'`(dict\(type=.+?\))`', section)
    yield eval(config)
    DATASETS.module_dict.pop('HarborShips')


def test_the_code_of_the_page_reads_its_boxes(tmp_path, example):
    for stem, name in (('a', 'ferry'), ('b', 'tanker'), ('c', 'ferry')):
        mini.write_image(tmp_path / 'images' / f'{stem}.png')
        mini.write_voc_xml(tmp_path / f'labels/{stem}.xml', '', [(3, 5, 12, 20, name)])
    mini.write_list(tmp_path / 'lists/train.txt', ['a', 'b'])
    mini.write_list(tmp_path / 'lists/test.txt', ['c'])
    train = DATASETS.build({**example, 'data_root': str(tmp_path)})
    test = DATASETS.build({**example, 'data_root': str(tmp_path), 'split': 'test'})
    assert train.metainfo['classes'] == test.metainfo['classes'] == ('tanker', 'ferry')
    boxes = [box for i in range(2) for box in train.get_data_info(i)['instances']]
    assert [(box['bbox'], box['bbox_label']) for box in boxes] == [
        ([2, 4, 12, 20], 1),
        ([2, 4, 12, 20], 0),
    ]
    assert Path(test.get_data_info(0)['img_path']).name == 'c.png'
    with pytest.raises(DataError, match=r"annotation file .*lists/val\.txt' does not exist"):
        DATASETS.build({**example, 'data_root': str(tmp_path), 'split': 'val'})
