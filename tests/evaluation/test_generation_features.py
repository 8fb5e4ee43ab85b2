"""Figures of features against slow versions; the network that makes features."""

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS
from torch import nn

from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.evaluation.generation.feature_network import FeatureNetwork
from mmsar.evaluation.generation.kernel_distance import kernel_distance, squared_mmd
from mmsar.evaluation.generation.manifold import manifold_overlap


def cloud(count, centre=0.0, seed=0, width=6):
    return np.random.default_rng(seed).normal(centre, 1, (count, width))


def test_unbiased_discrepancy_by_loops():
    x, y = cloud(7), cloud(5, 0.5, 1)

    def kernel(a, b):
        return (a @ b / len(a) + 1) ** 3

    within_x = np.mean([kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    within_y = np.mean([kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    between = np.mean([kernel(a, b) for a in x for b in y])
    assert squared_mmd(x, y) == pytest.approx(within_x + within_y - 2 * between)
    with pytest.raises(DataError, match='7 and 1 images'):
        squared_mmd(x, y[:1])


def test_kernel_distance():
    same = [squared_mmd(cloud(30, seed=n), cloud(30, seed=n + 500)) for n in range(200)]
    error = np.std(same) / 200**0.5
    assert abs(np.mean(same)) < 3 * error  # unbiased: of one distribution it is 0 on average
    near, far = (kernel_distance(cloud(60), cloud(50, shift, 1), 50, 20) for shift in (0, 1))
    assert abs(near.mean) < 0.5 < far.mean
    assert far == kernel_distance(cloud(60), cloud(50, 1, 1), 50, 20)
    assert far != kernel_distance(cloud(60), cloud(50, 1, 1), 50, 20, seed=1)
    # More subsets, a smaller error of their mean; and the mean is that of all pairs.
    many = kernel_distance(cloud(60), cloud(50, 1, 1), 800, 20)
    assert many.standard_error == pytest.approx(far.standard_error / 4, rel=0.4)
    whole = squared_mmd(cloud(60), cloud(50, 1, 1))
    assert many.mean == pytest.approx(whole, abs=4 * many.standard_error)
    with pytest.raises(DataError, match='3 generated images are too few'):
        kernel_distance(cloud(9), cloud(3))
    with pytest.raises(DataError, match='6 features and generated ones 5'):
        kernel_distance(cloud(9), cloud(9)[:, :5])
    with pytest.raises(DataError, match='features of generated images are not finite'):
        kernel_distance(cloud(9), cloud(9) * np.nan)
    with pytest.raises(DataError, match='give \\(images, D\\)'):
        kernel_distance(cloud(9)[None], cloud(9))


def slow_overlap(real, generated, near, wide):
    def distance(a, b):
        return float(np.linalg.norm(a - b))

    def radius(points, i, k):
        others = [distance(points[i], p) for j, p in enumerate(points) if j != i]
        return sorted(others)[k - 1]

    def within(point, points, k):
        return sum(distance(point, p) <= radius(points, i, k) for i, p in enumerate(points))

    precision = np.mean([within(g, real, near) > 0 for g in generated])
    recall = np.mean([within(r, generated, near) > 0 for r in real])
    density = np.mean([within(g, real, wide) for g in generated]) / wide
    coverage = np.mean([
        any(distance(r, g) <= radius(real, i, wide) for g in generated)
        for i, r in enumerate(real)
    ])  # fmt: skip
    return precision, recall, density, coverage


def test_overlap_by_loops():
    real, generated = cloud(14), cloud(14, 0.6, 1)
    found = manifold_overlap(real, generated)
    assert found == pytest.approx(slow_overlap(real, generated, 3, 5))
    assert 0 < found.precision < 1


def test_overlap_tells_missing_modes_from_bad_images():
    real = np.concatenate([cloud(40), cloud(40, 30, 1)])
    same = manifold_overlap(real, real)
    assert same.precision == same.recall == same.coverage == 1
    one_mode = manifold_overlap(real, cloud(80, 0, 2))
    assert one_mode.precision > 0.8
    assert one_mode.recall <= 0.5
    assert one_mode.coverage <= 0.5
    far = manifold_overlap(real, cloud(80, -60, 2))
    assert far == (0, 0, 0, 0)
    # Of the larger set as many are drawn, seeded.
    drawn = manifold_overlap(real, cloud(20, 0, 2))
    assert drawn == manifold_overlap(real, cloud(20, 0, 2))
    with pytest.raises(ConfigError, match='neighbours=0, 5'):
        manifold_overlap(real, real, 0)
    with pytest.raises(DataError, match='5 generated images are too few'):
        manifold_overlap(real, real[:5])


@MODELS.register_module(name='TestChannelMeans', force=True)
class ChannelMeans(nn.Module):
    """Weighted sums of the channels; their mean is known."""

    def __init__(self, channels=3, init_cfg=None):
        super().__init__()
        self.conv = nn.Conv2d(channels, 2, 1)

    def forward(self, images):
        return (self.conv(images),)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / 'weights.pth'
    weight = torch.tensor([[1.0, 0, 0], [0, 1, 1]])[:, :, None, None]
    state = {'backbone.conv.weight': weight, 'backbone.conv.bias': torch.tensor([0.0, 1.0])}
    torch.save({'state_dict': {**state, 'head.fc.weight': torch.ones(2)}}, path)
    return path


BACKBONE = {'type': 'mmengine.TestChannelMeans'}


def test_features(weights):
    images = np.linspace(0, 1, 5 * 16, dtype=np.float32).reshape(5, 4, 4)
    network = FeatureNetwork(
        backbone=BACKBONE, checkpoint=weights, mean=[10, 20, 30], std=[2, 4, 5], batch_size=2
    )
    means = images.mean((1, 2)) * 255
    expected = np.stack([(means - 10) / 2, (means - 20) / 4 + (means - 30) / 5 + 1], 1)
    assert network(images) == pytest.approx(expected, rel=1e-4)
    signed = FeatureNetwork(
        backbone=BACKBONE, checkpoint=weights, value_range=(-1, 1), input_range=(0, 1), size=8
    )
    assert signed(images * 4 - 2)[:, 0] == pytest.approx(
        (images * 4 - 2).clip(-1, 1).mean((1, 2)) / 2 + 0.5, abs=0.02
    )  # values are cut, and enlarged


def test_features_of_a_config(weights, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(
        "default_scope = 'mmengine'\n"
        'data_preprocessor = dict(mean=[10], std=[2])\n'
        f"start = dict(type='Pretrained', checkpoint='{weights}')\n"
        "backbone = dict(type='mmengine.TestChannelMeans', init_cfg=start)\n"
        "model = dict(type='X', backbone=backbone)\n"
    )
    image = np.full((1, 4, 4), 0.2, np.float32)
    assert FeatureNetwork(config)(image)[0] == pytest.approx([20.5, 42], rel=1e-5)


def test_no_features_of_random_weights(weights, tmp_path):
    with pytest.raises(ConfigError, match='random weights say nothing of images'):
        FeatureNetwork(backbone=BACKBONE)
    with pytest.raises(ConfigError, match=r'nothing\.pth.* is no file'):
        FeatureNetwork(backbone=BACKBONE, checkpoint=tmp_path / 'nothing.pth')
    with pytest.raises(CheckpointError, match=r'conv\.weight'):
        FeatureNetwork(backbone={**BACKBONE, 'channels': 1}, checkpoint=weights)
    with pytest.raises(ConfigError, match='give config=FILE, or backbone'):
        FeatureNetwork(checkpoint=weights)
    with pytest.raises(ConfigError, match=r'mean=\[1, 2\] has 2 values and the backbone 3'):
        FeatureNetwork(backbone=BACKBONE, checkpoint=weights, mean=[1, 2])
    with pytest.raises(ConfigError, match=r'config file .*absent\.py does not exist'):
        FeatureNetwork(tmp_path / 'absent.py', weights)
    with pytest.raises(ConfigError, match='value_range=\\(1, 0\\)'):
        FeatureNetwork(backbone=BACKBONE, checkpoint=weights, value_range=(1, 0))
