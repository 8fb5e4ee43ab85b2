"""Codes of all windows together against the head applied to one window after the other."""

import pytest
import torch

from mmsar.errors import ConfigError
from mmsar.models.matching import BridgeHead
from mmsar.models.matching.dense import dense_codes


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
