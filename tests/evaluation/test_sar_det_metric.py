"""The metric as mmengine runs it."""

import copy
import json
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS
from random_images import random_samples, sample

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import SARDetMetric
from mmsar.io import RasterMeta

CLASSES = ('ship', 'A320/321', 'tank')


def evaluate(samples: list[dict], classes=('ship',), size: int | None = None, **options) -> dict:
    metric = SARDetMetric(**options)
    metric.dataset_meta = {'classes': classes}
    for number in range(0, len(samples), 4):
        metric.process({}, samples[number : number + 4])
    return metric.evaluate(size or len(samples))


def two_images(**fields) -> list[dict]:
    """Two images of 100 x 200 pixels with three objects, worked by hand below."""
    first = sample(
        objects=[(0, 0, 10, 10), (50, 0, 60, 10), (80, 0, 90, 10, {'ignore_flag': 1})],
        found=[
            (0, 0, 10, 10, 0.9),  # found
            (0, 0, 10, 9, 0.8),  # false: the object is taken
            (80, 0, 90, 10, 0.7),  # neither
            (50, 0, 60, 10, 0.2),  # below the score
        ],
        **fields,
    )
    second = sample(objects=[(0, 0, 10, 10)], found=[(0, 0, 10, 6, 0.3)], **fields)  # IoU 0.6
    return [first, second]


def test_operating_point_worked_by_hand():
    result = evaluate(two_images(pixel_spacing=(5, 10)))
    assert result['Pd'] == pytest.approx(2 / 3)
    assert result['false_alarms_per_image'] == 1 / 2
    # 2 images of 100 x 200 pixels of 50 m2: 2 km2
    assert result['false_alarms_per_km2'] == pytest.approx(1 / 2)
    assert result['precision'] == pytest.approx(2 / 3)
    assert result['F1'] == pytest.approx(2 * 2 / (2 + 1 + 3))
    strict = evaluate(two_images(), score_thr=0.31, iou_thr=0.7)
    assert strict['Pd'] == pytest.approx(1 / 3)
    assert strict['precision'] == pytest.approx(1 / 2)
    # By score: true, false, false (0.3: IoU 0.6), true. Recall 1/3 at precision 1, 2/3 at 1/2.
    assert strict['voc/AP70_area'] == pytest.approx(1 / 3 * 1 + 1 / 3 * 1 / 2)
    assert strict['voc/AP70_11points'] == pytest.approx((4 * 1 + 3 * 1 / 2) / 11)
    assert 'voc/AP50_area' not in strict


def test_area_needs_a_spacing_everywhere():
    images = two_images()
    assert 'false_alarms_per_km2' not in evaluate(images)
    images[0]['pixel_spacing'] = (5, 10)
    assert 'false_alarms_per_km2' not in evaluate(images)
    images[1]['img_raster'] = RasterMeta((100, 200, 1), 'uint16', pixel_spacing=(50.0, 10.0))
    assert evaluate(images)['false_alarms_per_km2'] == pytest.approx(1 / (1 + 10))
    assert evaluate(images, pixel_spacing=(10, 10))['false_alarms_per_km2'] == pytest.approx(1 / 4)


def test_names_and_tables(capfd):
    samples = random_samples(0)
    names = {f'coco/bbox_mAP{end}' for end in ('', '_50', '_75', '_s', '_m', '_l')}
    names |= {'voc/AP50_area', 'voc/AP50_11points'}
    names |= {'Pd', 'false_alarms_per_image', 'precision', 'F1'}
    of_classes = {f'coco/{name}_{end}' for name in CLASSES for end in ('AP', 'AP50')}
    result = evaluate(samples, CLASSES)
    assert set(result) == names | of_classes
    assert all(type(value) is float for value in result.values())
    log = capfd.readouterr()
    assert 'prefix is not set' not in log.err + log.out
    assert (log.err + log.out).count('VOC AP50 11-point') == 1

    single = random_samples(0, classes=1)
    assert set(evaluate(single)) == names
    named = evaluate(single, classwise=True, prefix='val')
    assert set(named) == {f'val/{name}' for name in names} | {
        'val/coco/ship_AP',
        'val/coco/ship_AP50',
    }
    assert named['val/coco/ship_AP'] == named['val/coco/bbox_mAP']
    log = capfd.readouterr()
    assert (log.err + log.out).count('VOC AP50 11-point') == 3


def test_classes_are_averaged():
    result = evaluate(random_samples(0), CLASSES)
    each = [result[f'coco/{name}_AP50'] for name in CLASSES]
    assert np.mean(each) == pytest.approx(result['coco/bbox_mAP_50'])
    assert len(set(each)) == 3


def test_subsets_equal_an_evaluation_of_their_own():
    samples = random_samples(2, count=40)
    for number, item in enumerate(samples):
        item['subset'] = ('inshore', 'offshore', None)[number % 3]
    result = evaluate(samples, CLASSES)
    for name in ('inshore', 'offshore'):
        alone = evaluate([item for item in samples if item['subset'] == name], CLASSES)
        for mine, other in (
            ('bbox_mAP', 'coco/bbox_mAP'),
            ('bbox_mAP_50', 'coco/bbox_mAP_50'),
            ('Pd', 'Pd'),
            ('false_alarms_per_image', 'false_alarms_per_image'),
        ):
            assert result[f'{name}/{mine}'] == alone[other] == alone[f'{name}/{mine}']
    plain = evaluate([{k: v for k, v in i.items() if k != 'subset'} for i in samples], CLASSES)
    assert {k: v for k, v in result.items() if 'shore' not in k} == plain


def tiles(spacing=None) -> tuple[list[dict], list[tuple]]:
    """Cut two scenes of 700 x 900 pixels; return tiles with perfect predictions, and objects."""
    rng = np.random.default_rng(0)
    samples, objects = [], []
    for scene in ('north', 'south'):
        corner = np.stack(np.meshgrid(np.arange(0, 800, 130), np.arange(0, 600, 120)), -1)
        corner = corner.reshape(-1, 2) + rng.integers(0, 30, (35, 2))
        boxes = np.concatenate([corner, corner + rng.integers(8, 85, (35, 2))], 1)
        ignored = rng.random(35) < 0.2
        objects += [(scene, *box, flag) for box, flag in zip(boxes, ignored, strict=True)]
        for row in (0, 200, 388):
            for column in (0, 200, 400, 588):
                offset = np.array([column, row, column, row])
                clipped = np.clip(boxes - offset, 0, 312)
                sides = clipped[:, 2:] - clipped[:, :2]
                seen = sides.prod(1) / (boxes[:, 2:] - boxes[:, :2]).prod(1)
                kept = np.flatnonzero(seen >= 0.3)
                instances = [
                    {
                        'bbox': clipped[i].tolist(),
                        'bbox_label': int(i % 2),
                        'ignore_flag': int(ignored[i] or seen[i] < 0.7),
                        'scene_object': f'{scene}-{i}',
                        'scene_bbox': boxes[i].tolist(),
                        'scene_ignored': int(ignored[i]),
                    }
                    for i in kept
                ]
                samples.append(
                    {
                        'img_path': f'{scene}-{row}-{column}.png',
                        'ori_shape': (312, 312),
                        'instances': instances,
                        'pred_instances': {
                            'bboxes': torch.tensor(clipped[kept], dtype=torch.float32),
                            'scores': torch.tensor(rng.uniform(0.5, 1, len(kept))),
                            'labels': torch.tensor(kept % 2),
                        },
                        'scene': scene,
                        'window': (row, column, 312, 312),
                        'scene_shape': (700, 900),
                        'pixel_spacing': spacing,
                    }
                )
    return samples, objects


def test_perfect_tiles_make_perfect_scenes(tmp_path):
    samples, objects = tiles(spacing=(1, 2))
    # One false alarm in the middle of a tile, seen by this tile alone
    shown = samples[0]['pred_instances']
    shown['bboxes'] = torch.cat([shown['bboxes'], torch.tensor([[140.0, 108, 150, 112]])])
    shown['scores'] = torch.cat([shown['scores'], torch.tensor([0.4])])
    shown['labels'] = torch.cat([shown['labels'], torch.tensor([0])])
    result = evaluate(samples, ('ship', 'tank'), out_file=str(tmp_path / 'new' / 'scores.json'))
    scene = {key: value for key, value in result.items() if key.startswith('scene/')}
    # 700 x 900 pixels of 2 m2, twice: 2.52 km2
    assert scene == {
        'scene/bbox_mAP': 1,
        'scene/bbox_mAP_50': 1,
        'scene/bbox_mAP_75': 1,
        'scene/AP50_area': 1,
        'scene/AP50_11points': 1,
        'scene/Pd': 1,
        'scene/false_alarms_per_image': 1 / 2,
        'scene/false_alarms_per_km2': pytest.approx(1 / 2.52),
        'scene/precision': pytest.approx(1 - 1 / (sum(not o[-1] for o in objects) + 1)),
        'scene/F1': pytest.approx(1 - 1 / (2 * sum(not o[-1] for o in objects) + 1)),
    }
    # Per tile, the one false alarm comes once in 24 tiles of 312 x 312 pixels.
    assert result['false_alarms_per_image'] == 1 / 24
    assert result['false_alarms_per_km2'] == pytest.approx(1 / (24 * 312**2 * 2e-6))
    counts = json.loads((tmp_path / 'new' / 'scores.json').read_text())['counts']
    ignored = sum(bool(o[-1]) for o in objects)
    assert counts['scenes'] == {
        'images': 2,
        'objects': 70 - ignored,
        'ignored': ignored,
        'detections': 71,
    }
    assert counts['images']['objects'] > 70


def test_scenes_differ_from_tiles_where_pieces_do():
    samples, _ = tiles()
    # Every tile misses what another shows better: as scenes, nothing is lost.
    for item in samples:
        kept = [
            k for k, i in enumerate(item['instances']) if i['ignore_flag'] == i['scene_ignored']
        ]
        item['pred_instances'] = {key: v[kept] for key, v in item['pred_instances'].items()}
    assert evaluate(samples, ('ship', 'tank'))['scene/Pd'] == 1
    # The piece of an object that a neighbour shows whole does not count.
    for item in samples:
        item['pred_instances'] = {key: v[:0] for key, v in item['pred_instances'].items()}
    piece = next(
        (item, k)
        for item in samples
        for k, i in enumerate(item['instances'])
        if i['ignore_flag'] > i['scene_ignored']
    )
    item, k = piece
    item['pred_instances'] = {
        'bboxes': torch.tensor([item['instances'][k]['bbox']]),
        'scores': torch.tensor([0.9]),
        'labels': torch.tensor([item['instances'][k]['bbox_label']]),
    }
    result = evaluate(samples, ('ship', 'tank'))
    assert (result['scene/Pd'], result['scene/false_alarms_per_image']) == (0, 0)


def test_an_image_that_is_no_tile_is_a_scene():
    samples, _ = tiles()
    plain = sample([(0, 0, 10, 10)], [(50, 50, 60, 60, 0.9)])
    result = evaluate([*samples, plain], ('ship', 'tank'))
    assert result['scene/false_alarms_per_image'] == pytest.approx(1 / 3)
    assert 0.9 < result['scene/Pd'] < 1


def test_there_is_no_limit_on_detections_of_a_scene():
    samples, _ = tiles()
    limited = evaluate(samples, ('ship', 'tank'), max_dets=2)
    assert limited['scene/bbox_mAP'] == 1
    assert limited['coco/bbox_mAP'] < 0.9


def test_the_file_holds_numbers_settings_and_curves(tmp_path):
    samples = random_samples(3, subset='inshore')
    path = tmp_path / 'scores.json'
    result = evaluate(samples, (*CLASSES, 'bridge'), out_file=path, score_thr=0.4)
    assert [p.name for p in tmp_path.iterdir()] == ['scores.json']
    content = json.loads(path.read_text())
    assert content['settings'] == {
        'score_thr': 0.4,
        'iou_thr': 0.5,
        'max_dets': 100,
        'merge_iou_thr': 0.5,
        'edge_margin': 4.0,
        'pixel_spacing': None,
    }
    assert content['classes'] == [*CLASSES, 'bridge']
    assert result.pop('coco/bridge_AP') == -1
    assert result.pop('coco/bridge_AP50') == -1
    assert [content['metrics'].pop(f'coco/bridge_{key}') for key in ('AP', 'AP50')] == [None, None]
    assert content['metrics'] == result
    instances = [item for one in samples for item in one['instances']]
    ignored = sum(item['ignore_flag'] for item in instances)
    expected = {
        'images': 30,
        'objects': len(instances) - ignored,
        'ignored': ignored,
        'detections': sum(len(one['pred_instances']['scores']) for one in samples),
    }
    assert content['counts'] == {'images': expected, 'inshore': expected}
    assert content['levels']['images'] == content['levels']['inshore']
    assert content['levels']['images']['bbox_mAP_s'] == result['coco/bbox_mAP_s']
    assert content['by_class']['tank']['bbox_mAP'] == result['coco/tank_AP']
    recall, curves = content['curves']['recall'], content['curves']['by_class']
    assert recall == pytest.approx([k / 100 for k in range(101)])
    assert curves['bridge']['precision'] == [None] * 101
    for name in CLASSES:
        precision = curves[name]['precision']
        assert np.mean(precision) == pytest.approx(result[f'coco/{name}_AP50'])
        assert (np.diff(precision) <= 0).all()
        reached = np.array(precision) > 0
        assert (np.diff(np.array(curves[name]['score'])[reached]) <= 0).all()


def test_without_objects_or_predictions():
    nothing = sample()
    result = evaluate([nothing])
    assert result.pop('false_alarms_per_image') == 0
    assert set(result.values()) == {-1}
    missed = evaluate([sample([(0, 0, 10, 10)])])
    assert missed['coco/bbox_mAP'] == missed['voc/AP50_area'] == missed['Pd'] == missed['F1'] == 0
    assert missed['precision'] == -1
    alarm = evaluate([sample([], [(0, 0, 10, 10, 0.9)])])
    assert (alarm['precision'], alarm['false_alarms_per_image'], alarm['Pd']) == (0, 1, -1)
    assert evaluate([], size=0)['coco/bbox_mAP'] == -1


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        ({'instances': None}, DataError, r"a\.png .*'instances': add it to meta_keys"),
        ({'ori_shape': None}, DataError, r"'ori_shape': add it to meta_keys"),
        ({'pixel_spacing': 3}, DataError, r'a\.png: pixel_spacing 3 is not'),
        ({'pixel_spacing': (3, 0)}, DataError, r'pixel_spacing \(3, 0\)'),
        ({'pixel_spacing': (3, float('nan'))}, DataError, r'pixel_spacing \(3, nan\)'),
        ({'subset': 'scene'}, DataError, "cannot be called 'scene'"),
        ({'scene': 's'}, DataError, r"'scene_object': tiles must be made by tools/.*slice_scenes"),
        (
            {'scene': 's', 'instances': [], 'window': (0, 0, 100, 200)},
            DataError,
            "'scene_shape': add it to meta_keys",
        ),
        (
            {'instances': [{'bbox': [0, 0, float('inf'), 1], 'bbox_label': 0}]},
            DataError,
            r'a\.png: an annotated box is not finite',
        ),
        (
            {'instances': [{'bbox': [0, 0, 1, 1], 'bbox_label': 3}]},
            ConfigError,
            r'annotations have the labels 3 to 3, but there are 1 classes',
        ),
    ],
)
def test_bad_samples_are_named(changes, error, message):
    item = {**sample([(0, 0, 10, 10)], [(0, 0, 10, 10, 0.9)]), **changes}
    item = {key: value for key, value in item.items() if value is not None}
    with pytest.raises(error, match=message):
        evaluate([item])


def test_bad_predictions_are_named():
    for key, values in (('scores', [float('nan')]), ('bboxes', [[0, 0, float('inf'), 9]])):
        item = sample([(0, 0, 10, 10)], [(0, 0, 10, 10, 0.9)])
        item['pred_instances'][key] = torch.tensor(values)
        with pytest.raises(DataError, match=r'a\.png: the predictions are not finite'):
            evaluate([item])
    with pytest.raises(ConfigError, match=r'predictions have the labels 5 to 5.*num_classes'):
        evaluate([sample([], [(0, 0, 10, 10, 0.9, 5)])])


def test_tiles_that_disagree_are_named():
    samples, _ = tiles()
    samples[0]['scene_shape'] = (700, 901)
    with pytest.raises(DataError, match="scene 'north': its tiles give it the sizes"):
        evaluate(samples, ('ship', 'tank'))
    samples, _ = tiles()
    first, second = samples[:2]
    shared = {item['scene_object'] for item in first['instances']}
    item = next(item for item in second['instances'] if item['scene_object'] in shared)
    item['scene_bbox'] = [0, 0, 5, 5]
    name = item['scene_object']
    with pytest.raises(DataError, match=f"scene 'north': object '{name}'"):
        evaluate(samples, ('ship', 'tank'))


@pytest.mark.parametrize(
    'options',
    [
        {'iou_thr': 0},
        {'iou_thr': 1.1},
        {'merge_iou_thr': float('nan')},
        {'max_dets': 0},
        {'max_dets': None},
        {'edge_margin': -1},
        {'score_thr': float('nan')},
        {'score_thr': 'abc'},
        {'edge_margin': 'abc'},
        {'pixel_spacing': (1,)},
        {'out_file': '/'},
    ],
)
def test_bad_arguments_are_named(options):
    with pytest.raises(ConfigError, match=next(iter(options))):
        SARDetMetric(**options)


def test_classes_must_be_known():
    metric = SARDetMetric()
    with pytest.raises(DataError, match="no 'classes'"):
        metric.process({}, [sample()])


def test_samples_of_mmdet_through_mmengine():
    from mmdet.structures import DetDataSample
    from mmengine.structures import InstanceData

    evaluator = Evaluator(dict(type='mmsar.SARDetMetric', score_thr=0.4))
    assert METRICS.get('mmsar.SARDetMetric') is SARDetMetric
    evaluator.dataset_meta = {'classes': CLASSES}
    samples = random_samples(4)
    for item in samples:
        packed = DetDataSample(
            metainfo={key: value for key, value in item.items() if key != 'pred_instances'},
            pred_instances=InstanceData(**item['pred_instances']),
        )
        evaluator.process([packed])
    assert evaluator.evaluate(len(samples)) == evaluate(samples, CLASSES, score_thr=0.4)
    assert evaluator.metrics[0].results == []


def test_half_precision_is_read():
    item = two_images()[0]
    exact = evaluate([item])
    shown = item['pred_instances']
    shown['bboxes'], shown['scores'] = shown['bboxes'].half(), shown['scores'].bfloat16()
    assert evaluate([item]) == exact


def _rank(rank: int, folder: Path) -> None:
    torch.distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/meeting', rank=rank, world_size=2
    )
    samples = random_samples(1, count=7)
    metric = SARDetMetric()
    metric.dataset_meta = {'classes': CLASSES}
    # As a sampler does: every second image; the last rank gets the first image once more.
    metric.process({}, [*samples, samples[0]][rank::2])
    (folder / str(rank)).write_bytes(pickle.dumps(metric.evaluate(len(samples))))
    torch.distributed.destroy_process_group()


def test_two_processes_equal_one_and_padding_does_not_count(tmp_path):
    samples = random_samples(1, count=7)
    expected = evaluate(samples, CLASSES)
    assert evaluate([*samples, samples[0]], CLASSES, size=7) == expected
    context = multiprocessing.get_context('fork')
    ranks = [context.Process(target=_rank, args=(rank, tmp_path)) for rank in range(2)]
    for process in ranks:
        process.start()
    for process in ranks:
        process.join(60)
    assert [process.exitcode for process in ranks] == [0, 0]
    for rank in range(2):
        assert pickle.loads((tmp_path / str(rank)).read_bytes()) == expected


def test_kept_results_do_not_hold_on_to_what_the_model_computed():
    metric = SARDetMetric()
    metric.dataset_meta = {'classes': ('ship',)}
    item = two_images()[0]
    metric.process({}, [item])
    kept = copy.deepcopy(metric.results[0].detections.boxes)
    item['pred_instances']['bboxes'] += 1
    np.testing.assert_array_equal(metric.results[0].detections.boxes, kept)
