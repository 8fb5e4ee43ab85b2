"""Fixtures that several tests use."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / 'tools'))
sys.path.insert(0, str(ROOT / 'tools' / 'benchmarks'))
sys.path.insert(0, str(ROOT / 'tests'))

from toy_runs import forget_instances  # noqa: E402

import mmsar  # noqa: E402, F401
from mmsar import randomness  # noqa: E402


@pytest.fixture(scope='session', autouse=True)
def _one_thread() -> None:
    """Results depend on the number of threads; several tests run at a time."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _fresh_globals() -> Iterator[None]:
    """Forget the visualizers, loggers and scopes that mmengine keeps by name, and the iteration."""
    yield
    forget_instances()
    randomness.end_iterations()


@pytest.fixture(autouse=True)
def _no_environment_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each runner logs the versions of compilers; asking them takes most of a short run."""
    monkeypatch.setattr('mmengine.runner.runner.collect_env', dict)


@pytest.fixture(scope='session')
def shared() -> Path:
    """Folder of real sample data and reference outputs; most users do not have it."""
    folder = Path(os.environ.get('MMSAR_SHARED', ROOT.parent / 'shared'))
    if not folder.is_dir():
        pytest.skip('set MMSAR_SHARED to the folder of the sample data')
    return folder


@pytest.fixture(scope='session')
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of six simulated scenes of 128 pixels."""
    from dataset_converters.simulate_ports import main

    folder = tmp_path_factory.mktemp('scenes')
    main([str(folder), '--train', '4', '--val', '2', '--size', '128', '--processes', '1'])
    return folder


@pytest.fixture(scope='session')
def small_stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of Stable Diffusion 1.5, of random weights."""
    from model_converters.small_stable_diffusion import main

    folder = tmp_path_factory.mktemp('checkpoints') / 'small'
    main([str(folder)])
    return folder


@pytest.fixture(scope='session')
def tiny_sd3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of Stable Diffusion 3.5, of random weights."""
    from model_converters.small_stable_diffusion_3 import main

    folder = tmp_path_factory.mktemp('checkpoints') / 'tiny_sd3'
    main([str(folder)])
    return folder
