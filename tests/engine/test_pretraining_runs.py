"""Masked pre-training: two processes do what one does, and a resumed run what a whole one does."""

import json
import os
import subprocess
from pathlib import Path

import torch
from test_resume import stop_and_resume
from toy_runs import equal, run, write_config

ROOT = Path(__file__).parent.parent.parent


def losses(folder: Path) -> list[float]:
    (log,) = folder.glob('*/vis_data/scalars.json')
    return [json.loads(line)['loss'] for line in log.read_text().splitlines()]


def test_two_processes_equal_one_and_resuming_is_exact(tmp_path):
    settings = {'log_processor': {'window_size': 1}}
    one = run('toy_saratrx', tmp_path / 'one', **settings)
    curve = losses(tmp_path / 'one')
    assert len(curve) == 10
    assert curve[-1] < curve[0]
    assert equal(one, stop_and_resume('toy_saratrx', tmp_path / 'resumed', 5))

    config = write_config(tmp_path / 'two' / 'config' / 'two.py', 'toy_saratrx', **settings)
    result = subprocess.run(
        ['bash', 'tools/dist_train.sh', str(config), '2', '--work-dir', str(tmp_path / 'two')],
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': f'{ROOT}:{ROOT / "tests"}'},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found = torch.tensor(losses(tmp_path / 'two'))
    torch.testing.assert_close(found, torch.tensor(curve), rtol=1e-5, atol=1e-6)
