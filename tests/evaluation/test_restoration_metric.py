"""Figures of super-resolution."""

import json

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from toy_isar import satellite

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation import RestorationMetric
from mmsar.evaluation.restoration.scores import foreground, psnr, ssim
from mmsar.simulation.bicubic import bicubic


def sample(seed=0, scale=2, noise=0.02, black=False):
    truth = np.zeros((48, 48)) if black else satellite(seed) / 255.0
    truth = truth.astype(np.float32)[..., None]
    low = bicubic(truth, (48 // scale, 48 // scale)).clip(0, 1)
    pred = truth + np.random.default_rng(seed).normal(0, noise, truth.shape).astype(np.float32)
    to = lambda x: torch.from_numpy(np.ascontiguousarray(x)).permute(2, 0, 1)  # noqa: E731
    return {
        'gt_img': to(truth),
        'input': to(low),
        'output': {'pred_img': to(pred)},
        'key': str(seed),
    }


def test_against_scipy():
    truth = torch.from_numpy(satellite(1) / 255.0)[None]
    pred = (
        truth + 0.1 * torch.rand(1, 48, 48, generator=torch.Generator().manual_seed(0))
    ).double()
    x, y = pred[0].numpy(), truth[0].numpy()
    error = np.square(x - y).mean()
    assert psnr(pred, truth, 1.0) == pytest.approx(-10 * np.log10(error))
    assert psnr(100 * pred, 100 * truth, 100.0) == pytest.approx(psnr(pred, truth, 1.0))

    def smooth(values):
        return gaussian_filter(values, 1.5, truncate=5 / 1.5)

    mean_x, mean_y = smooth(x), smooth(y)
    var_x, var_y = smooth(x * x) - mean_x**2, smooth(y * y) - mean_y**2
    covariance = smooth(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    values = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )
    assert ssim(pred, truth, 1.0) == pytest.approx(values[5:-5, 5:-5].mean())
    mask = truth > 0
    expected = values[5:-5, 5:-5][mask[0, 5:-5, 5:-5].numpy()].mean()
    assert ssim(pred, truth, 1.0, mask) == pytest.approx(expected)
    assert psnr(truth, truth, 1.0) == pytest.approx(100)


def test_foreground():
    truth = torch.tensor([[[0.0, 0.005, 0.02, 2.0]]])
    assert foreground(truth, above=0.0).tolist() == [[[False, True, True, True]]]
    assert foreground(truth, db=40).tolist() == [[[False, False, True, True]]]
    assert not foreground(torch.zeros(1, 2, 2), db=40).any()


def test_baselines_stand_beside(tmp_path):
    metric = RestorationMetric(out_file=tmp_path / 'out.json')
    metric.process(None, [sample(0), sample(1)])
    metric.process(None, [sample(2, black=True)])
    figures = metric.evaluate(3)
    assert figures['PSNR_foreground'] > figures['bicubic/PSNR_foreground'] + 3
    # The reason for all this: a black image is not far from sparse ones, but has no foreground.
    assert figures['black/PSNR_foreground'] < figures['bicubic/PSNR_foreground'] - 3
    assert figures['black/PSNR_foreground'] < figures['black/PSNR']
    assert abs(figures['sinc/PSNR_foreground'] - figures['bicubic/PSNR_foreground']) < 3
    content = json.loads((tmp_path / 'out.json').read_text())
    assert [image['name'] for image in content['images']] == ['0', '1', '2']
    assert content['images'][2]['network']['PSNR_foreground'] is None
    assert content['images'][2]['black']['PSNR'] == pytest.approx(100)
    mean = np.mean([content['images'][n]['network']['SSIM_foreground'] for n in (0, 1)])
    assert figures['SSIM_foreground'] == pytest.approx(mean)


def test_figures_that_are_none_are_not_left_out():
    for key, change in (
        ('prediction', lambda s: s['output']['pred_img'][0, 3].fill_(torch.nan)),
        ('truth', lambda s: s['gt_img'][0, 3].fill_(torch.nan)),
    ):
        wrong = sample()
        change(wrong)
        with pytest.raises(DataError, match=f'0: 48 values of the {key} are no numbers'):
            RestorationMetric().process(None, [wrong])


def test_baselines_of_networks_that_change_the_channels():
    plain, three = RestorationMetric().figures_of(sample()), sample()
    three['input'] = three['input'].expand(3, -1, -1)
    found = RestorationMetric().figures_of(three)
    assert found['sinc']['PSNR'] == pytest.approx(plain['sinc']['PSNR'], rel=1e-4)
    three = {**sample(), 'output': {'pred_img': sample()['output']['pred_img'].expand(3, -1, -1)}}
    three['gt_img'] = three['gt_img'].expand(3, -1, -1)
    found = RestorationMetric().figures_of(three)
    assert found['bicubic']['SSIM'] == pytest.approx(plain['bicubic']['SSIM'], rel=1e-4)


def test_what_does_not_fit():
    for settings, message in (
        ({'value_range': (1, 0)}, 'give lower, upper'),
        ({'foreground_above': 0.1, 'foreground_db': 40}, 'not both'),
        ({'foreground_db': -3}, 'must be above zero'),
        ({'baselines': ['nearest']}, "baselines has no 'nearest'"),
        ({'crop_border': -1}, 'crop_border=-1'),
    ):
        with pytest.raises(ConfigError, match=message):
            RestorationMetric(**settings)
    metric = RestorationMetric()
    other = sample()
    other['output']['pred_img'] = torch.zeros(1, 24, 24)
    with pytest.raises(DataError, match='the prediction is'):
        metric.process(None, [other])
    with pytest.raises(DataError, match=r'0: SSIM needs 11 x 11 .* 8 x 8 within crop_border=20'):
        RestorationMetric(crop_border=20).process(None, [sample()])
    del other['gt_img']
    with pytest.raises(DataError, match='0 has no truth'):
        metric.process(None, [other])
    with pytest.raises(DataError, match='11 x 11 pixels at least'):
        ssim(torch.zeros(1, 8, 8), torch.zeros(1, 8, 8), 1.0)
