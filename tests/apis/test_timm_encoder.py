"""Networks of timm as baselines: with weights from a file, or not at all."""

import pytest
import torch

from mmsar.apis.recognition.encoders import pooled, timm_encoder
from mmsar.errors import CheckpointError, ConfigError

timm = pytest.importorskip('timm')
NAME = 'resnet10t'


@torch.no_grad()
def test_grey_chips_are_shown_as_the_network_was_trained(tmp_path):
    torch.manual_seed(0)
    network = timm.create_model(NAME, pretrained=False).eval()
    torch.save(network.state_dict(), tmp_path / 'weights.pth')  # with its classifier
    encode, _ = timm_encoder(NAME, tmp_path / 'weights.pth')
    grey = torch.rand(2, 1, 64, 64)
    mean, std = (torch.tensor(network.pretrained_cfg[key]) for key in ('mean', 'std'))
    colours = (grey.repeat(1, 3, 1, 1) - mean[:, None, None]) / std[:, None, None]
    expected = network.forward_features(colours)
    torch.testing.assert_close(encode(grey), expected)
    torch.testing.assert_close(pooled(encode(grey), 'mean')[:, 0], expected.mean((2, 3)))


def test_a_network_without_its_weights_is_refused(tmp_path):
    torch.save({'fc.weight': torch.ones(2, 2)}, tmp_path / 'less.pth')
    with pytest.raises(CheckpointError, match=r"less\.pth does not have the weights of timm's res"):
        timm_encoder(NAME, tmp_path / 'less.pth')
    with pytest.raises(ConfigError, match='timm has no resnetX; it has '):
        timm_encoder('resnetX', tmp_path / 'less.pth')
