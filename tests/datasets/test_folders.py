import pytest

from mmsar.datasets.folders import Unfound, find_layout, first_folder, unnest
from mmsar.errors import DataError

HINT = Unfound('Ships', ('labels/*.json', 'images/'), 'docs/datasets/ships.md')
LAYOUTS = {'new': ('labels/*.json', ('images', 'pictures')), 'old': ('*.xml',)}


def make(root, *files):
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_preferred_layout_wins_wherever_it_is(tmp_path):
    make(tmp_path, 'a.xml', 'b/c/d/e/labels/a.json', 'b/c/d/e/pictures/x')
    assert find_layout(tmp_path, LAYOUTS, HINT) == ('new', tmp_path / 'b/c/d/e')
    assert find_layout(tmp_path, LAYOUTS, HINT, skip='c'.__eq__) == ('old', tmp_path)


def test_not_too_deep_and_not_in_hidden_folders(tmp_path):
    make(tmp_path, 'b/c/d/e/f/a.xml', '.trash/a.xml', '__MACOSX/a.xml')
    with pytest.raises(DataError) as error:
        find_layout(tmp_path, LAYOUTS, HINT)
    assert str(error.value) == (
        f'{tmp_path} has no copy of Ships, nor has a folder in it. Expected:\n'
        '  labels/*.json\n  images/\n'
        'Found: b/. Set data_root to the folder with these files; docs/datasets/ships.md says how '
        'to get them'
    )


def test_what_lies_inside_a_copy_belongs_to_it(tmp_path):
    make(tmp_path, 'a.xml', 'backup/a.xml')
    assert find_layout(tmp_path, LAYOUTS, HINT).folder == tmp_path
    make(tmp_path, 'other/a.xml')
    (tmp_path / 'a.xml').unlink()
    with pytest.raises(DataError, match=r'has 2 copies of Ships: .*backup, .*other\.'):
        find_layout(tmp_path, LAYOUTS, HINT)


def test_unnest_goes_down_single_and_repeated_folders(tmp_path):
    make(tmp_path, 'data/data/data/1.tiff', 'data/readme.txt', 'only/one/two/1.tiff')
    make(tmp_path, 'file/1.tiff', 'several/a/1.tiff', 'several/b/1.tiff', 'only/one/.hidden')
    for name, inner in [
        ('data', 'data/data/data'),
        ('only', 'only/one/two'),
        ('file', 'file'),
        ('several', 'several'),
    ]:
        assert unnest(tmp_path / name) == tmp_path / inner


def test_first_folder(tmp_path):
    (tmp_path / 'b').mkdir()
    (tmp_path / 'a').touch()
    assert first_folder(tmp_path / 'a', tmp_path / 'b') == tmp_path / 'b'
    assert first_folder(tmp_path / 'c', tmp_path / 'd') == tmp_path / 'c'
