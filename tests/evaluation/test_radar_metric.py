"""Figures of radar images against closed forms."""

import json

import numpy as np
import pytest
import torch

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import RadarImageMetric, RestorationMetric
from mmsar.evaluation.restoration.point_scores import (
    isolated_peaks,
    profile,
    separation_dip,
    sidelobe_level,
    sidelobe_ratios,
    width_3db,
)
from mmsar.evaluation.restoration.radar_scores import (
    image_contrast,
    image_entropy,
    target_to_clutter,
)


def spots(size, places, width=1.5, amplitudes=None):
    """Return an image of points whose amplitude is Gaussian."""
    y, x = np.mgrid[:size, :size]
    amplitudes = amplitudes or [1.0] * len(places)
    return sum(
        a * np.exp(-((y - r) ** 2 + (x - c) ** 2) / (2 * width**2))
        for a, (r, c) in zip(amplitudes, places, strict=True)
    )


def test_whole_images():
    flat = np.full((8, 16), 3.0)
    assert image_entropy(flat) == pytest.approx(np.log(128))
    assert image_contrast(flat) == pytest.approx(0)
    single = np.zeros((8, 16))
    single[2, 3] = 7
    assert image_entropy(single) == pytest.approx(0)
    assert image_contrast(single) == pytest.approx(np.sqrt(127))
    rng = np.random.default_rng(0)
    speckle = rng.normal(size=(300, 300)) + 1j * rng.normal(size=(300, 300))
    assert image_contrast(speckle) == pytest.approx(1, abs=0.03)
    # Mean of -p ln p of an exponential p: ln(n) - 1 + Euler's constant
    assert image_entropy(speckle) == pytest.approx(np.log(90000) - 1 + np.euler_gamma, abs=0.01)
    target = np.zeros((8, 16), bool)
    target[:4] = True
    assert target_to_clutter(np.where(target, 10.0, 0.1), target) == pytest.approx(40)
    assert target_to_clutter(np.where(target, 1.0, 0.0), target) == 100
    assert np.isnan(target_to_clutter(flat, np.ones_like(target)))
    assert np.isnan(image_entropy(0 * flat))
    with pytest.raises(DataError, match='give amplitudes, not decibels'):
        image_entropy(flat - 5)
    with pytest.raises(DataError, match=r'the target is \(2, 2\)'):
        target_to_clutter(flat, target[:2, :2])


def test_points():
    x = np.linspace(-12, 12, 24 * 64 + 1)
    sinc = np.abs(np.sinc(x))
    assert width_3db(sinc) / 64 == pytest.approx(0.886, abs=0.001)
    peak, integrated = sidelobe_ratios(sinc)
    assert peak == pytest.approx(-13.26, abs=0.02)
    # The energy between the first zeros of sinc**2 is 0.9028.
    assert integrated == pytest.approx(10 * np.log10(0.0972 / 0.9028), abs=0.4)
    assert np.isnan(width_3db(np.ones(9)))
    assert np.isnan(sidelobe_ratios(np.arange(9.0))[0])
    image = spots(48, [(12, 14), (30, 33), (32, 38)], amplitudes=[0.7, 1, 0.9])
    assert isolated_peaks(image).tolist() == [[12, 14]]
    assert isolated_peaks(image, below=1.0, distance=4, lobe=2).tolist()[0] == [30, 33]
    for axis in (0, 1):
        width = width_3db(profile(image, np.array([12, 14]), axis, 7)) / 16
        assert width == pytest.approx(2 * 1.5 * np.sqrt(np.log(2)), rel=0.01)


def test_two_points():
    # In the middle both have exp(-d**2 / 8 w**2); far apart nothing of the other is at a peak.
    distance, width = 9.0, 1.5
    points = np.array([[20.0, 15.0], [20.0, 15.0 + distance]])
    dip = separation_dip(spots(40, points, width), points)
    assert dip == pytest.approx(
        -20 * np.log10(2 * np.exp(-(distance**2) / (8 * width**2))), abs=0.3
    )
    close = np.array([[20.0, 18.0], [20.0, 19.5]])
    assert separation_dip(spots(40, close), close) == pytest.approx(0, abs=0.05)
    slanted = np.array([[15.0, 12.5], [21.5, 20.0]])
    assert separation_dip(spots(40, slanted), slanted) > 6
    assert separation_dip(np.zeros((40, 40)), points) == 0
    image = spots(40, points)
    image[5, 5] = 0.1
    assert sidelobe_level(image, points, lobe=6) == pytest.approx(-20, abs=0.1)
    assert sidelobe_level(spots(40, points), points, lobe=9) < -90
    with pytest.raises(DataError, match=r'points has shape \(3, 2\)'):
        separation_dip(image, np.zeros((3, 2)))


def network_range(image):
    decibels = 20 * np.log10(np.maximum(image, 1e-9))
    return torch.from_numpy(np.clip((decibels + 48) / 50, 0, 1)).float()[None]


def sample(key='a', points=None, pred=None):
    truth = spots(48, [(12, 14), (30, 33)] if points is None else points, 1.5)
    pred = truth if pred is None else pred
    low = truth.reshape(24, 2, 24, 2).mean((1, 3))
    found = {
        'gt_img': network_range(truth),
        'output': {'pred_img': network_range(pred)},
        'input': network_range(low),
        'key': key,
    }
    return found if points is None else {**found, 'points': np.array(points)}


def test_the_metric(tmp_path):
    metric = RadarImageMetric(decibels=(-48, 2), out_file=tmp_path / 'out.json')
    wider = spots(48, [(12, 14), (30, 33)], 2.5, [0.5, 0.5])
    metric.process(None, [sample('a'), sample('b', pred=wider)])
    close = [(20.0, 15.0), (20.0, 20.0)]
    metric.process(None, [sample('sep5.00_0', close), sample('sep5.00_1', close, 0 * wider)])
    figures = metric.evaluate(4)
    assert figures['truth/width_range'] == pytest.approx(2 * 1.5 * np.sqrt(np.log(2)), rel=0.02)
    assert figures['width_range'] == pytest.approx((1.5 + 2.5) * np.sqrt(np.log(2)), rel=0.02)
    assert figures['bicubic/width_cross_range'] > figures['truth/width_cross_range']
    assert figures['peak_error'] == pytest.approx(10 * np.log10(4) / 2, abs=0.01)
    assert figures['truth/separated_sep5.00'] == 1
    assert figures['separated_sep5.00'] == 0.5
    assert figures['truth/dip_sep5.00'] > 5
    assert figures['truth/TCR'] > 30
    content = json.loads((tmp_path / 'out.json').read_text())
    assert [image['name'] for image in content['images']][:2] == ['a', 'b']
    assert content['images'][3]['network']['sidelobe_sep5.00'] is not None


def test_fitted_baselines_and_decibels():
    metric = RestorationMetric(
        foreground_db=40,
        decibels=(-48, 2),
        baselines=('bicubic', 'sinc', 'black'),
        fitted={'bicubic': (0.5, 0.1), 'black': (0.0, 0.4)},
    )
    one = sample()
    one['sinc'] = one['gt_img'].permute(1, 2, 0).numpy()
    found = metric.figures_of(one)
    truth = one['gt_img']
    mask = truth >= truth.max() - 0.8
    assert torch.equal(metric.foreground(truth), mask)
    assert found['sinc']['PSNR'] == 100  # that of the data set, not one of the input
    error = (truth[mask] - 0.4).square().mean()
    assert found['black_fitted']['PSNR_foreground'] == pytest.approx(
        float(-10 * torch.log10(error)), abs=1e-4
    )
    assert found['bicubic_fitted']['PSNR'] != found['bicubic']['PSNR']
    metric.process(None, [one])
    assert 'bicubic_fitted/PSNR_foreground' in metric.evaluate(1)


def test_what_does_not_fit():
    for settings, message in (
        ({'decibels': (0, -40)}, r'decibels=\(0, -40\); give lower, upper'),
        ({'target_db': 0}, 'target_db=0 must be above'),
        ({'baselines': ['nearest']}, "baselines has no 'nearest'"),
        ({'fitted': {'black': (1, 0)}}, r'fitted has black=\(1, 0\)'),
    ):
        with pytest.raises(ConfigError, match=message):
            RadarImageMetric(**{'decibels': (-48, 2), **settings})
    with pytest.raises(ConfigError, match='give decibels='):
        RestorationMetric(value_range=(-1, 1), foreground_db=40)
    metric = RadarImageMetric(decibels=(-48, 2))
    wrong = sample()
    wrong['output']['pred_img'] = torch.zeros(1, 24, 24)
    with pytest.raises(DataError, match='the prediction is'):
        metric.process(None, [wrong])
    del wrong['gt_img']
    with pytest.raises(DataError, match='a has no truth'):
        metric.process(None, [wrong])
