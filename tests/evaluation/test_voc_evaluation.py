"""Average precision of PASCAL VOC, worked by hand and against mmdet."""

import numpy as np
import pytest
from random_images import random_samples, sample

from mmsar.evaluation.detection.average_precision import average_precisions
from mmsar.evaluation.detection.reading import read_sample
from mmsar.evaluation.detection.voc import VocEvaluation


def evaluate(samples: list[dict], classes: int = 1, iou_thr: float = 0.5) -> np.ndarray:
    images = [read_sample(sample, classes) for sample in samples]
    return VocEvaluation(images, classes, iou_thr).average_precisions(np.arange(len(images)))


@pytest.mark.parametrize(
    ('true', 'objects', 'area', 'points'),
    [
        ([1, 1], 2, 1, 1),
        ([], 2, 0, 0),
        ([0, 0], 2, 0, 0),
        # Precision 1, 1/2, 2/3 at recall 1/4, 1/4, 2/4. Area: 1/4 * 1 + 1/4 * 2/3 = 5/12.
        # 11 points: 1 at 0, .1, .2; 2/3 at .3, .4, .5; 0 beyond: (3 + 2) / 11.
        ([1, 0, 1], 4, 5 / 12, 5 / 11),
        # Precision 0, 1/2, 2/3, 3/4: the largest at these recalls or beyond is 3/4 everywhere.
        ([0, 1, 1, 1], 3, 3 / 4, 3 / 4),
        # Recall 3/10 counts for the point 0.3 (four points), although 3 * 0.1 > 0.3 in binary.
        ([1, 1, 1], 10, 3 / 10, 4 / 11),
        ([1] * 7, 10, 7 / 10, 8 / 11),
    ],
)
def test_curves_worked_by_hand(true, objects, area, points):
    result = average_precisions(np.array(true, bool), objects)
    assert result == pytest.approx((area, points), abs=1e-12)


def test_without_objects_it_is_undefined():
    assert np.isnan(average_precisions(np.array([False]), 0)).all()


def test_images_worked_by_hand():
    first = sample(
        objects=[(0, 0, 10, 10), (50, 0, 60, 10), (80, 0, 90, 10, {'ignore_flag': 1})],
        found=[
            (0, 0, 10, 5, 0.9),  # IoU 50 / 100 = 0.5: true
            (0, 0, 10, 10, 0.8),  # a better box, but the object is taken: false
            (50, 0, 60, 4.9, 0.7),  # IoU 0.49: false
            (80, 0, 90, 10, 0.95),  # ignored: does not count
            (80, 0, 90, 9, 0.6),  # likewise, a second time
        ],
    )
    second = sample(objects=[(0, 0, 10, 10)], found=[(1, 0, 11, 10, 0.85)])  # IoU 9 / 11: true
    # By score: .9 true, .85 true, .8 false, .7 false. Recall 1/3, 2/3 at precision 1.
    # 11 points: 0 to .6 are seven.
    assert evaluate([first, second])[0] == pytest.approx([2 / 3, 7 / 11], abs=1e-12)
    # At IoU 0.51, .9 is false and .8 true: recall 1/3 at precision 1/2, then 2/3 at 2/3.
    # So 2/3 everywhere: area 2/3 * 2/3, points 7 * 2/3 / 11.
    result = evaluate([first, second], iou_thr=0.51)[0]
    assert result == pytest.approx([4 / 9, 14 / 33], abs=1e-12)


def test_a_second_object_is_not_offered_to_a_detection():
    # Both have their largest IoU with the first object: 9/10 and 8/10. IoU of the second detection
    # (0, 0, 8, 10) with the second object (0, 0, 6, 10) is 6/8 and does not matter to VOC.
    image = sample(
        objects=[(0, 0, 10, 10), (0, 0, 6, 10)],
        found=[(0, 0, 9, 10, 0.9), (0, 0, 8, 10, 0.8)],
    )
    assert evaluate([image])[0] == pytest.approx([1 / 2, 6 / 11], abs=1e-12)


def test_of_equal_scores_the_first_goes_first():
    objects = [(0, 0, 10, 10)]
    hit, miss = (0, 0, 10, 10, 0.5), (50, 50, 60, 60, 0.5)
    assert evaluate([sample(objects, [hit, miss])])[0, 0] == 1
    assert evaluate([sample(objects, [miss, hit])])[0, 0] == 0.5
    assert evaluate([sample(objects, [hit]), sample([], [miss])])[0, 0] == 1


def test_classes_do_not_mix():
    image = sample(
        objects=[(0, 0, 10, 10), (50, 0, 60, 10, {'bbox_label': 1})],
        found=[(0, 0, 10, 10, 0.9, 1), (50, 0, 60, 10, 0.8, 1)],
    )
    # Class 0: nothing found. Class 1: first false, then true. Class 2: no objects.
    np.testing.assert_allclose(evaluate([image], 3), [[0, 0], [0.5, 0.5], [np.nan, np.nan]])


@pytest.mark.parametrize('seed', range(3))
@pytest.mark.parametrize('iou_thr', [0.5, 0.7])
def test_equals_mmdet(seed, iou_thr):
    from mmdet.evaluation import eval_map

    samples = random_samples(seed, count=40)
    counted = [i['bbox_label'] for s in samples for i in s['instances'] if not i['ignore_flag']]
    for label, count in enumerate(np.bincount(counted)):
        if count % 10 == 0:  # mmdet's points miss recalls of just 3, 6 and 7 tenths
            samples[0]['instances'].append(
                {'bbox': [600, 600, 610, 610], 'bbox_label': label, 'ignore_flag': 0}
            )
    found, truth = [], []
    for item in samples:
        shown = {key: value.numpy() for key, value in item['pred_instances'].items()}
        rows = np.concatenate([shown['bboxes'], shown['scores'][:, None]], 1)
        found.append([rows[shown['labels'] == label] for label in range(3)])
        part = {}
        for suffix, flag in (('', 0), ('_ignore', 1)):
            kept = [i for i in item['instances'] if i['ignore_flag'] == flag]
            part[f'bboxes{suffix}'] = np.array([i['bbox'] for i in kept]).reshape(-1, 4)
            part[f'labels{suffix}'] = np.array([i['bbox_label'] for i in kept], int)
        truth.append(part)
    mine = evaluate(samples, 3, iou_thr)
    for column, mode in enumerate(('area', '11points')):
        mean, classes = eval_map(
            found, truth, iou_thr=iou_thr, eval_mode=mode, logger='silent', nproc=1
        )
        expected = [item['ap'] for item in classes]
        np.testing.assert_allclose(mine[:, column], expected, atol=1e-6)
        assert mine[:, column].mean() == pytest.approx(mean, abs=1e-6)
        assert 0.1 < mean < 0.9


def test_a_part_equals_that_part_alone():
    samples = random_samples(9)
    images = [read_sample(item, 3) for item in samples]
    every = VocEvaluation(images, 3, 0.5)
    chosen = np.array([1, 4, 5, 6, 20])
    alone = evaluate([samples[number] for number in chosen], 3)
    np.testing.assert_array_equal(every.average_precisions(chosen), alone)
    assert np.isnan(evaluate([], 3)).all()
