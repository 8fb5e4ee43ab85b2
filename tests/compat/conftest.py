import pytest
import torch

import mmsar  # noqa: F401  (installs the bridges before any test module imports mmcv.ops)

TOLERANCES = {
    torch.float32: {'rtol': 1e-4, 'atol': 1e-5},
    torch.float64: {'rtol': 1e-9, 'atol': 1e-10},
}


@pytest.fixture(params=['cpu', 'cuda'] if torch.cuda.is_available() else ['cpu'])
def device(request):
    return request.param


@pytest.fixture(params=[torch.float32, torch.float64], ids=['float32', 'float64'])
def dtype(request):
    return request.param


@pytest.fixture
def close():
    """Compare like ``torch.testing.assert_close``, with tolerances per dtype of the result."""

    def compare(actual, expected):
        expected = torch.as_tensor(expected, dtype=actual.dtype, device=actual.device)
        torch.testing.assert_close(actual, expected, **TOLERANCES[actual.dtype])

    return compare


@pytest.fixture
def rng():
    return torch.Generator().manual_seed(0)
