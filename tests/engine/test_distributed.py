"""Two processes on the CPU do what one process does."""

import json
import os
import subprocess
from pathlib import Path

import torch
from toy_runs import equal, run, write_config

ROOT = Path(__file__).parent.parent.parent


def losses(folder: Path) -> list[float]:
    (log,) = folder.glob('*/vis_data/scalars.json')
    return [json.loads(line)['loss'] for line in log.read_text().splitlines()]


def test_two_processes_equal_one(tmp_path):
    environment = {**os.environ, 'PYTHONPATH': f'{ROOT}:{ROOT / "tests"}'}
    # Neither setting runs on CPUs; both give way to plain batch normalisation.
    synchronised = {'model': {'norm_cfg': {'type': 'SyncBN'}}, 'sync_bn': 'torch'}
    config = write_config(tmp_path / 'two' / 'config' / 'sync.py', 'toy_dist', **synchronised)
    command = ['bash', 'tools/dist_train.sh', str(config), '2']
    command += ['--work-dir', str(tmp_path / 'two')]
    command += ['--cfg-options', 'train_dataloader.batch_size=5', 'log_processor.window_size=1']
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.count('no GPU: SyncBN') == 1
    ranks = [torch.load(tmp_path / 'two' / f'rank{rank}.pth') for rank in range(2)]
    # Batch statistics differ between the ranks; averaged buffers do not.
    assert equal(*ranks)
    assert ranks[0]['norm.running_mean'].abs().max() > 0

    one = run('toy_dist', tmp_path / 'one', log_processor={'window_size': 1})
    for key in ('linear.weight', 'linear.bias'):
        torch.testing.assert_close(ranks[0][key], one[key], rtol=1e-5, atol=1e-6)
    curves = [losses(tmp_path / name) for name in ('one', 'two')]
    assert len(curves[0]) == 12
    torch.testing.assert_close(*map(torch.tensor, curves), rtol=1e-5, atol=1e-6)
