import json
import shutil

import numpy as np
import pytest
from analysis_tools import optimize_anchors
from analysis_tools.optimize_anchors import largest_scale, resized, training_sizes

from mmsar.apis import load_config
from mmsar.errors import ConfigError, DataError

COCO = [
    [(116, 90), (156, 198), (373, 326)],
    [(30, 61), (62, 45), (59, 119)],
    [(10, 13), (16, 30), (33, 23)],
]
GENERATOR = {'type': 'YOLOAnchorGenerator', 'base_sizes': COCO, 'strides': [32, 16, 8]}
RESIZE = {'type': 'Resize', 'scale': (96, 80), 'keep_ratio': True}


def write(folder, scenes, resize=RESIZE, generator=GENERATOR, **dataset):
    """Write the config of a YOLO head on the scenes."""
    pipeline = [
        {'type': 'mmsar.LoadSARImage', 'domain_in': 'amplitude', 'channels': 3},
        {'type': 'mmsar.StretchSAR', 'rule': 'percentile'},
        {'type': 'LoadAnnotations', 'with_bbox': True},
        resize,
        {'type': 'PackDetInputs'},
    ]
    reader = {
        'type': 'mmsar.CocoDetection',
        'data_root': str(scenes),
        'ann_file': 'train.json',
        'data_prefix': {'img': 'images'},
        'pipeline': pipeline,
        **dataset,
    }
    config = {
        'custom_imports': {'imports': ['mmsar']},
        'default_scope': 'mmdet',
        'model': {'bbox_head': {'anchor_generator': generator}},
        'train_dataloader': {'dataset': {'type': 'mmsar.SeededDataset', 'dataset': reader}},
    }
    path = folder / 'config.py'
    path.write_text('\n'.join(f'{key} = {value!r}' for key, value in config.items()))
    return path


def test_it_beats_the_anchors_of_coco_and_repeats(tmp_path, scenes, capsys):
    config = write(tmp_path, scenes)
    outs = [tmp_path / name for name in ('a.json', 'b.json')]
    for out in outs:
        optimize_anchors.main([str(config), '--num', '6', '--out', str(out)])
    assert outs[0].read_bytes() == outs[1].read_bytes()
    result = json.loads(outs[0].read_text())
    assert result['scores']['k-means']['mean_iou'] > result['scores']['config']['mean_iou']
    areas = [w * h for level in result['base_sizes'][::-1] for w, h in level]
    assert len(areas) == 6
    assert areas == sorted(areas)  # from the last level, that of the finest stride

    # The text can be pasted, and its figures are those of the pasted anchors.
    lines = capsys.readouterr().out.splitlines()
    lines = lines[len(lines) // 2 :]
    assert lines[0] == f'{result["boxes"]} boxes'
    assert lines[4] == 'model.bbox_head.anchor_generator.base_sizes = ['
    pasted = eval('[' + ''.join(lines[5:]))
    assert [[list(size) for size in level] for level in pasted] == result['base_sizes']
    sizes = training_sizes(load_config(config))
    best = [
        max(
            (ow := min(w, a) * min(h, b)) / (w * h + a * b - ow)
            for level in pasted
            for a, b in level
        )
        for w, h in sizes
    ]
    assert np.mean(best) == pytest.approx(result['scores']['k-means']['mean_iou'])
    assert f'{np.mean(best):.3f}' in lines[3]


@pytest.mark.parametrize('resize', [
    RESIZE,
    {'type': 'Resize', 'scale': (200, 50), 'keep_ratio': False},
    {'type': 'Resize', 'scale_factor': 1.5},
])  # fmt: skip
def test_boxes_are_those_that_the_network_sees(tmp_path, scenes, resize):
    from mmengine.registry import DATASETS

    config = load_config(write(tmp_path, scenes, resize))
    found = training_sizes(config)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    boxes = [dataset[i]['data_samples'].gt_instances.bboxes for i in range(len(dataset))]
    sizes = [(box[:, 2:] - box[:, :2]).numpy() for box in (b.tensor for b in boxes)]
    np.testing.assert_allclose(found, np.concatenate(sizes), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ('step', 'scale'),
    [
        ({'type': 'mmdet.Resize', 'scale': 64}, (64, 64)),
        ({'type': 'RandomResize', 'scale': [(320, 320), (416, 384)]}, (416, 384)),
        ({'type': 'RandomResize', 'scale': (100, 60), 'ratio_range': (0.5, 2.0)}, (200, 120)),
        ({'type': 'RandomChoiceResize', 'scales': [(9, 9), (30, 20), (20, 20)]}, (30, 20)),
        ({'type': 'RandomFlip', 'prob': 0.5}, None),
    ],
)
def test_the_largest_scale_counts(step, scale):
    assert largest_scale(step) == scale


def test_wrappers_add_their_steps():
    inner = {'type': 'A', 'pipeline': [{'type': 'Resize', 'scale': (50, 50)}]}
    outer = {
        'type': 'ConcatDataset',
        'datasets': [inner, {'type': 'B'}],
        'pipeline': [{'type': 'Resize', 'scale': (80, 60), 'keep_ratio': True}],
    }
    found = list(optimize_anchors.readers({'type': 'SeededDataset', 'dataset': outer}, []))
    assert [settings['type'] for settings, _ in found] == ['A', 'B']
    assert [resized((200, 100), steps) for _, steps in found] == [(60, 60), (80, 40)]


def test_ignored_boxes_are_left_out(tmp_path, scenes):
    folder = tmp_path / 'scenes'
    shutil.copytree(scenes, folder)
    before = len(training_sizes(load_config(write(tmp_path, folder))))
    content = json.loads((folder / 'train.json').read_text())
    content['annotations'][0]['iscrowd'] = 1
    (folder / 'train.json').write_text(json.dumps(content))
    assert len(training_sizes(load_config(write(tmp_path, folder)))) == before - 1


def test_mistakes_are_named(tmp_path, scenes):
    path = str(write(tmp_path, scenes))
    with pytest.raises(DataError, match=r'\d+ boxes of \d+ different sizes, too few for 999 anch'):
        optimize_anchors.main([path, '--num', '999'])
    with pytest.raises(ConfigError, match='each of the 3 levels needs as many'):
        optimize_anchors.main([path, '--num', '8'])
    with pytest.raises(
        ConfigError, match=r'--levels 2: model\.bbox_head\.anchor_generator has 3 st'
    ):
        optimize_anchors.main([path, '--levels', '2'])
    other = write(tmp_path, scenes, generator={'type': 'AnchorGenerator'})
    with pytest.raises(ConfigError, match='no YOLOAnchorGenerator'):
        optimize_anchors.main([str(other)])


def test_a_config_of_mmdet_is_understood(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text("_base_ = 'mmdet::yolo/yolov3_d53_8xb8-ms-416-273e_coco.py'")
    config = load_config(path)
    key, generator = optimize_anchors.find_generator(config.model, 'model')
    assert key == 'model.bbox_head.anchor_generator'
    assert generator['base_sizes'] == COCO
    ((_, steps),) = optimize_anchors.readers(config.train_dataloader.dataset, [])
    assert resized((640, 480), steps) == (416, 312)
