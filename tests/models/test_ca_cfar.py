"""CA-CFAR against a slow version, and its false alarm rate against the closed form."""

from pathlib import Path

import numpy as np
import pytest

from mmsar.errors import ConfigError
from mmsar.models.detectors import CACFAR


def test_ratio_is_to_the_mean_of_the_ring():
    intensity = np.random.default_rng(0).gamma(1, 1, (30, 30)).astype('f4')
    cfar = CACFAR(0, guard=2, background=4)
    ratio = cfar.ratio(intensity)
    row, column = 14, 17
    ring = np.ones((9, 9), bool)
    ring[2:7, 2:7] = False
    around = intensity[row - 4 : row + 5, column - 4 : column + 5][ring]
    assert ratio[row, column] == pytest.approx(intensity[row, column] / around.mean(), rel=1e-4)


def test_false_alarm_rate():
    intensity = np.random.default_rng(0).exponential(1, (600, 600)).astype('f4')
    ratio = CACFAR(0, guard=2, background=8).ratio(intensity)
    count, factor = 17**2 - 5**2, 6.0
    expected = (1 + factor / count) ** -count  # exponential clutter, N cells
    assert (ratio > factor).mean() == pytest.approx(expected, rel=0.1)


def test_groups_become_boxes_with_their_peak():
    ratio = np.ones((20, 20), 'f4')
    ratio[3:7, 4:10] = 20
    ratio[5, 6] = 100
    ratio[15, 15] = 50  # too small
    boxes, scores = CACFAR(10, min_pixels=3, closing=0).group(ratio)
    assert boxes.tolist() == [[4, 3, 10, 7]]
    assert scores.tolist() == pytest.approx([20])
    assert [len(part) for part in CACFAR(30).group(ratio)] == [0, 0]


@pytest.mark.parametrize('options', [{'guard': 48}, {'guard': 60}, {'threshold_db': float('nan')}])
def test_impossible_settings_are_refused(options):
    with pytest.raises(ConfigError, match='CA-CFAR'):
        CACFAR(**{'threshold_db': 4.0, **options})


def test_as_a_detector_of_mmdet():
    """The config finds what the function does, and scores rise with the ratio."""
    from mmsar.apis import SceneDetector

    config = Path(__file__).parents[2] / 'configs' / 'quickstart' / 'ca-cfar_ports.py'
    rng = np.random.default_rng(0)
    image = np.sqrt(rng.gamma(3, 3e5, (160, 160)))
    for number, (row, column) in enumerate(((40, 40), (110, 60), (80, 120)), 1):
        image[row : row + 8, column : column + 14] *= 4 * number
    image = image.round()
    found = SceneDetector(config, None, score_thr=0)(image.clip(0, 65535).astype(np.uint16))
    boxes, ratios = CACFAR(5.0).detect(image**2)
    order = np.argsort(-ratios)
    np.testing.assert_allclose(found.boxes[:3], boxes[order][:3], atol=1.5)
    assert len(found) == len(boxes)
    assert (found.scores[:3] > 0.8).all()
