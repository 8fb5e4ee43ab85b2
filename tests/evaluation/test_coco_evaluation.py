"""The numbers of COCO, against pycocotools used in its own way."""

import contextlib
import io
import json

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from random_images import random_samples

from mmsar.evaluation.detection.coco import CocoEvaluation
from mmsar.evaluation.detection.reading import read_sample

SIZES = ('all', 'small', 'medium', 'large')


def pycocotools(samples: list[dict], folder, max_dets: int = 100) -> COCOeval:
    """Evaluate by files, ids and summary as its documentation shows it."""
    annotations, results = [], []
    for sample in samples:
        for item in sample['instances']:
            x1, y1, x2, y2 = item['bbox']
            annotations.append(
                {
                    'id': 7 + len(annotations),
                    'image_id': sample['img_id'],
                    'category_id': 40 - item['bbox_label'],
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'area': item.get('area', (x2 - x1) * (y2 - y1)),
                    'iscrowd': item['ignore_flag'],
                }
            )
        shown = sample['pred_instances']
        for box, score, label in zip(*(shown[k] for k in ('bboxes', 'scores', 'labels'))):  # noqa: B905
            x1, y1, x2, y2 = box.double().tolist()
            results.append(
                {
                    'image_id': sample['img_id'],
                    'category_id': 40 - int(label),
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'score': float(score),
                }
            )
    content = {
        'info': {},
        'images': [{'id': sample['img_id']} for sample in samples],
        'annotations': annotations,
        'categories': [{'id': 40 - label} for label in range(3)],
    }
    (folder / 'truth.json').write_text(json.dumps(content))
    (folder / 'found.json').write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(folder / 'truth.json')
        evaluation = COCOeval(truth, truth.loadRes(str(folder / 'found.json')), 'bbox')
        evaluation.params.maxDets = [1, 2, max_dets]
        evaluation.evaluate()
        evaluation.accumulate()
        if max_dets == 100:
            evaluation.summarize()
    return evaluation


def records(samples: list[dict]):
    return [read_sample(sample, 3) for sample in samples]


@pytest.mark.parametrize('seed', range(4))
def test_equals_pycocotools(tmp_path, seed):
    samples = random_samples(seed)
    expected = pycocotools(samples, tmp_path)
    curves = CocoEvaluation(records(samples), 3).accumulate(np.arange(len(samples)))
    # Images and classes are numbered the other way round there.
    np.testing.assert_allclose(
        curves.precision, expected.eval['precision'][:, :, ::-1, :, -1], atol=1e-6
    )
    np.testing.assert_allclose(curves.scores, expected.eval['scores'][:, :, ::-1, :, -1], atol=1e-6)
    mine = [curves.mean(), curves.mean(iou=0), curves.mean(iou=5)]
    mine += [curves.mean(size=size) for size in (1, 2, 3)]
    np.testing.assert_allclose(mine, expected.stats[:6], atol=1e-6)
    assert 0.1 < mine[0] < 0.9
    values = expected.eval['precision'][:, :, 1, 0, -1]
    assert curves.of_class(1).mean() == pytest.approx(values.mean(), abs=1e-6)


def test_ties_are_broken_as_pycocotools_breaks_them(tmp_path):
    # Whole pixels and tenths: equal scores, equal overlaps, overlaps of just a threshold.
    rng = np.random.default_rng(0)
    samples = random_samples(0, count=20)
    for number, sample in enumerate(samples):
        sample['img_id'] = number  # the order decides between images too

        def boxes(count):
            corner = rng.integers(0, 3, (count, 2)) * 5
            return np.concatenate([corner, corner + rng.choice([20, 40, 100], (count, 2))], 1)

        sample['instances'] = [
            {
                'bbox': box,
                'bbox_label': int(rng.integers(3)),
                'ignore_flag': int(rng.random() < 0.3),
            }
            for box in boxes(12).tolist()
        ]
        sample['pred_instances'] = {
            'bboxes': torch.tensor(boxes(30)).float(),
            'scores': torch.tensor(rng.integers(1, 6, 30) / 10),
            'labels': torch.tensor(rng.integers(0, 3, 30)),
        }
    expected = pycocotools(samples, tmp_path)
    curves = CocoEvaluation(records(samples), 3).accumulate(np.arange(len(samples)))
    for mine, other in ((curves.precision, 'precision'), (curves.scores, 'scores')):
        np.testing.assert_array_equal(mine, expected.eval[other][:, :, ::-1, :, -1])
    assert curves.mean(iou=0) > 0.1


def test_a_part_equals_an_evaluation_of_that_part(tmp_path):
    samples = random_samples(5)
    every = CocoEvaluation(records(samples), 3)
    for chosen in (np.arange(0, 30, 3), np.array([4, 6, 17]), np.array([29, 2, 11])):
        part = [samples[number] for number in chosen]
        expected = pycocotools(part, tmp_path).eval['precision'][:, :, ::-1, :, -1]
        curves = every.accumulate(chosen)
        np.testing.assert_allclose(curves.precision, expected, atol=1e-6)
        alone = CocoEvaluation(records(part), 3).accumulate(np.arange(len(part)))
        np.testing.assert_array_equal(curves.precision, alone.precision)


def test_limits_detections_of_an_image_and_class(tmp_path):
    samples = random_samples(6)
    expected = pycocotools(samples, tmp_path, max_dets=3).eval['precision'][:, :, ::-1, :, -1]
    every = np.arange(len(samples))
    limited = CocoEvaluation(records(samples), 3, max_dets=3).accumulate(every)
    np.testing.assert_allclose(limited.precision, expected, atol=1e-6)
    unlimited = CocoEvaluation(records(samples), 3, max_dets=None).accumulate(every)
    assert unlimited.mean() > limited.mean()


def test_without_predictions_precision_is_zero_and_without_objects_undefined():
    samples = random_samples(7)
    for sample in samples:
        sample['pred_instances'] = {k: v[:0] for k, v in sample['pred_instances'].items()}
    every = np.arange(len(samples))
    assert CocoEvaluation(records(samples), 3).accumulate(every).mean() == 0
    curves = CocoEvaluation(records(samples), 4).accumulate(every)
    assert curves.mean() == 0  # the fourth class has no objects and does not count
    assert np.isnan(curves.of_class(3).mean())
    for part in (samples[6:7], []):  # one image without objects; no image
        curves = CocoEvaluation(records(part), 3).accumulate(np.arange(len(part)))
        assert np.isnan(curves.mean())


def test_chosen_thresholds_and_sizes():
    samples = random_samples(8)
    every = np.arange(len(samples))
    full = CocoEvaluation(records(samples), 3).accumulate(every)
    part = CocoEvaluation(records(samples), 3, iou_thrs=[0.5, 0.75], by_size=False)
    part = part.accumulate(every)
    assert part.precision.shape == (2, 101, 3, 1)
    np.testing.assert_array_equal(part.precision[..., 0], full.precision[[0, 5], ..., 0])
