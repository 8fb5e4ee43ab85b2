"""Pairs with one class each, and where patches of scenes get theirs."""

import csv
import json
import shutil

import numpy as np
import pytest
from dataset_converters import label_patches
from PIL import Image

from mmsar.datasets import LabelledPairs
from mmsar.errors import ConfigError, DataError
from mmsar.io import read_raster


@pytest.fixture
def patches(tmp_path, scenes):
    label_patches.main([str(scenes), str(tmp_path / 'out'), '--size', '32'])
    return tmp_path / 'out'


def rows(folder):
    with open(folder / 'pairs.csv', newline='') as file:
        return list(csv.DictReader(file))


def test_patches_are_those_of_the_scene_and_labelled_by_its_boxes(patches, scenes, capsys):
    content = json.loads((scenes / 'val.json').read_text())
    names = {image['id']: image['file_name'][:-4] for image in content['images']}
    counts = {True: 0, False: 0, None: 0}
    found = {row['sar']: row for row in rows(patches)}
    for image, scene in names.items():
        boxes = [a['bbox'] for a in content['annotations'] if a['image_id'] == image]
        for row in range(0, 128, 32):
            for column in range(0, 128, 32):
                # Counted pixel by pixel: which share of each box is here?
                shares = []
                for x, y, w, h in boxes:
                    xs = np.linspace(x, x + w, 401)[:-1] + w / 800
                    ys = np.linspace(y, y + h, 401)[:-1] + h / 800
                    inside = [v[(v >= 0) & (v < 128)] for v in (xs, ys)]
                    here = [
                        np.mean((v >= start) & (v < start + 32))
                        for v, start in zip(inside, (column, row), strict=True)
                    ]
                    shares.append(here[0] * here[1])
                most = max(shares, default=0)
                if 0 < most < 0.01 or abs(most - 0.5) < 0.01:
                    continue  # too close for this count
                holds = True if most >= 0.5 else None if most else False
                counts[holds] += 1
                entry = found.get(f'sar/{scene}_{row}_{column}.png')
                label = None if entry is None else entry['label'] == 'ship'
                assert label is holds, (scene, row, column, most)
    assert min(counts.values()) > 0
    entry = found[next(name for name in found if name.endswith('_32_64.png'))]
    for key, folder in (('sar', 'images'), ('optical', 'optical')):
        patch, meta = read_raster(patches / entry[key])
        whole, of_scene = read_raster(scenes / folder / f'{entry["group"]}.png')
        assert meta.dtype == of_scene.dtype == ('uint16' if key == 'sar' else 'uint8')
        assert np.array_equal(patch, whole[32:64, 64:96])
    assert entry['part'] == entry['group'].split('_')[0]


def test_pairs_are_read(patches):
    dataset = LabelledPairs('pairs.csv', str(patches), part='val')
    listed = [row for row in rows(patches) if row['part'] == 'val']
    assert dataset.metainfo['classes'] == ('no ship', 'ship')
    assert len(dataset) == len(listed)
    for number, row in enumerate(listed):
        info = dataset.get_data_info(number)
        assert info['sar_path'] == info['img_path'] == str(patches / row['sar'])
        assert info['optical_path'] == str(patches / row['optical'])
        assert info['gt_label'] == (row['label'] == 'ship')
        assert dataset.get_cat_ids(number) == [info['gt_label']]
    other = LabelledPairs('pairs.csv', str(patches), metainfo={'classes': ('ship', 'no ship')})
    assert len(other) == len(rows(patches))
    assert other.get_data_info(0)['gt_label'] == (rows(patches)[0]['label'] != 'ship')


def test_wrong_lists_are_named(tmp_path):
    for name in ('a', 'b'):
        Image.new('L', (4, 4)).save(tmp_path / f'{name}.png')
    for text, settings, message in (
        ('sar,optical\na.png,b.png\n', {}, r"no column 'label'"),
        ('sar,optical,label\na.png,b.png,\n', {}, r'line 2: label is empty'),
        ('sar,optical,label\na.png,b.png,x\n', {'metainfo': {'classes': ('y',)}},
         r'has the classes x, which are none of y'),
        ('sar,optical,label\na.png,c.png,x\n', {}, r'do not exist: .*c\.png'),
        ('sar,optical,label,part\na.png,b.png,x,test\n', {'part': 'val'}, r'no pairs of part'),
    ):  # fmt: skip
        (tmp_path / 'pairs.csv').write_text(text)
        with pytest.raises(DataError, match=message):
            LabelledPairs('pairs.csv', str(tmp_path), **settings)
    with pytest.raises(DataError, match=r"data_root '.*gone' is not a folder"):
        LabelledPairs('pairs.csv', str(tmp_path / 'gone'))
    with pytest.raises(ConfigError, match='--least 2'):
        label_patches.main([str(tmp_path), str(tmp_path / 'out'), '--least', '2'])


def test_scenes_and_labels_are_checked_before_any_is_cut(patches, scenes, tmp_path):
    before = {path: path.read_bytes() for path in patches.rglob('*.*')}
    for flags, message in (
        (['--size', '129'], r'--size 129: .*png has 128 x 128 pixels; give at most 128'),
        (['--parts', 'train', 'foo'], r'foo\.json'),
        (['--parts', 'val', 'train', 'val'], '--parts names val twice'),
        (['--object', 'x', '--empty', 'x '], 'give two different labels'),
    ):
        with pytest.raises((ConfigError, DataError), match=message):
            label_patches.main([str(scenes), str(patches), *flags])
    shutil.copytree(scenes, tmp_path / 'copy')
    (tmp_path / 'copy/train.json').write_bytes((scenes / 'val.json').read_bytes())
    with pytest.raises(DataError, match='would have patches of one name'):
        label_patches.main([str(tmp_path / 'copy'), str(patches)])
    image = next((tmp_path / 'copy/optical').glob('val_*'))
    Image.new('RGB', (100, 128)).save(image)
    with pytest.raises(
        DataError, match=r'optical.val_.* 100 x 128 .* the COCO file says 128 x 128'
    ):
        label_patches.main([str(tmp_path / 'copy'), str(patches), '--parts', 'val'])
    assert {path: path.read_bytes() for path in patches.rglob('*.*')} == before


def test_an_interruption_leaves_no_list_of_other_patches(patches, scenes, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(label_patches, 'write_raster', interrupted)
    with pytest.raises(KeyboardInterrupt):
        label_patches.main([str(scenes), str(patches), '--size', '64'])
    assert not (patches / 'pairs.csv').exists()
