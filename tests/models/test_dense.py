"""Codes of all windows together against the head applied to one window after the other."""

import pytest
import torch
from torch import nn

from mmsar.errors import ConfigError
from mmsar.models.matching import BridgeHead
from mmsar.models.matching.dense import dense_codes, features_in_tiles


@pytest.mark.parametrize('window', [(8, 8), (4, 4), (7, 5), (2, 3), (1, 1), (9, 11)])
@pytest.mark.parametrize(
    'options', [{}, {'official': True}, {'pool_size': 3}, {'batch_norm': True}]
)
def test_codes_are_those_of_each_window(window, options):
    torch.manual_seed(0)
    head = BridgeHead(6, feat_channels=8, out_channels=5, **options).double().eval()
    features = torch.randn(2, 6, 9, 12, dtype=torch.float64)
    codes = dense_codes(head, features, window)
    rows, columns = 9 - window[0] + 1, 12 - window[1] + 1
    assert codes.shape == (2, 5, rows, columns)
    for row in range(rows):
        for column in range(columns):
            part = features[:, :, row : row + window[0], column : column + window[1]]
            assert torch.allclose(codes[:, :, row, column], head(part), rtol=0, atol=1e-12)
    assert codes.std() > 0.005  # the windows differ


def test_a_window_larger_than_the_map_is_refused():
    with pytest.raises(ConfigError, match=r'a window of \(9, 4\) is larger than \(8, 8\)'):
        dense_codes(BridgeHead(6), torch.randn(1, 6, 8, 8), (9, 4))


@pytest.mark.parametrize('shape', [(64, 64), (67, 90), (33, 130), (20, 20)])
def test_tiles_with_a_halo_change_nothing(shape):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1), nn.Conv2d(4, 5, 3, 2, 1)
    ).double()  # stride 8; a feature sees 15 pixels to the left of its first one
    image = torch.randn(1, 3, *shape, dtype=torch.float64)
    whole = network(image)
    calls = []

    def watched(part: torch.Tensor) -> torch.Tensor:
        calls.append(part.shape[2:])
        return network(part)

    tiled = features_in_tiles(watched, image, stride=8, tile=20, halo=16)
    assert tiled.shape == whole.shape
    assert torch.allclose(tiled, whole, rtol=0, atol=1e-12)
    assert max(max(size) for size in calls) <= 24 + 2 * 16
    # Without a halo, the zeros around each tile show.
    cut = features_in_tiles(network, image, stride=8, tile=16, halo=0)
    assert cut.shape == whole.shape
    assert not torch.allclose(cut, whole, rtol=0, atol=1e-3)
