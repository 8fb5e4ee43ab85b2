"""The shell scripts start the right command."""

import os
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / 'tools'
SCRIPTS = sorted(TOOLS.glob('*.sh'))


@pytest.fixture
def started(tmp_path):
    """Run a script with stand-ins for ``python`` and ``srun`` that print their arguments."""
    for name in ('python', 'srun'):
        program = tmp_path / name
        program.write_text('#!/bin/sh\necho "$(basename $0) $@ threads=$OMP_NUM_THREADS"\n')
        program.chmod(0o755)

    def start(script: str, *arguments: str, **variables: str) -> list[str]:
        clean = {k: v for k, v in os.environ.items() if k not in ('OMP_NUM_THREADS', 'PORT')}
        path = f'{tmp_path}{os.pathsep}{os.environ["PATH"]}'
        output = subprocess.check_output(
            ['bash', str(TOOLS / script), *arguments],
            env={**clean, 'PATH': path, **variables},
            text=True,
        )
        return output.split()

    return start


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda path: path.name)
def test_script_is_executable_and_explains_itself(script):
    assert os.access(script, os.X_OK)
    result = subprocess.run(['bash', str(script)], capture_output=True, text=True)
    assert result.returncode == 2
    assert f'tools/{script.name}' in result.stdout


def test_dist_train(started):
    words = started('dist_train.sh', 'c.py', '2', '--resume')
    assert words[:4] == ['python', '-m', 'torch.distributed.run', '--standalone']
    assert '--nproc_per_node=2' in words
    tail = words[words.index(str(TOOLS / 'train.py')) + 1 : -1]
    assert tail == ['c.py', '--resume', '--launcher', 'pytorch']
    assert int(words[-1].removeprefix('threads=')) >= 1


def test_dist_train_on_two_machines(started):
    words = started('dist_train.sh', 'c.py', '8', NNODES='2', NODE_RANK='1', MASTER_ADDR='h')
    assert '--standalone' not in words
    assert {'--nnodes=2', '--node_rank=1', '--master_addr=h', '--master_port=29500'} <= set(words)


def test_dist_test(started):
    words = started('dist_test.sh', 'c.py', 'w.pth', '2', '--out', 'p.pkl')
    tail = words[words.index(str(TOOLS / 'test.py')) + 1 : -1]
    assert tail == ['c.py', 'w.pth', '--out', 'p.pkl', '--launcher', 'pytorch']


def test_dist_migrate(started):
    words = started('dist_migrate.sh', 'c.py', '4', '--content', 'd')
    assert '--nproc_per_node=4' in words
    tail = words[words.index(str(TOOLS / 'migrate.py')) + 1 : -1]
    assert tail == ['c.py', '--content', 'd', '--launcher', 'pytorch']


def test_dist_detect(started):
    words = started('dist_detect.sh', '2', 'a.tif', 'b', '--config', 'c.py')
    assert '--nproc_per_node=2' in words
    tail = words[words.index(str(TOOLS / 'detect.py')) + 1 : -1]
    assert tail == ['a.tif', 'b', '--config', 'c.py', '--launcher', 'pytorch']


def test_slurm_train(started):
    words = started(
        'slurm_train.sh', 'gpu', 'job', 'c.py', '--amp', GPUS='4', SRUN_ARGS='-t 9 -x n'
    )
    assert words[:3] == ['srun', '-p', 'gpu']
    assert {'--job-name=job', '--gres=gpu:4', '--ntasks=4', '-t', '9', '-x', 'n'} <= set(words)
    tail = words[words.index(str(TOOLS / 'train.py')) + 1 : -1]
    assert tail == ['c.py', '--amp', '--launcher', 'slurm']


def test_slurm_test(started):
    words = started('slurm_test.sh', 'gpu', 'job', 'c.py', 'w.pth')
    tail = words[words.index(str(TOOLS / 'test.py')) + 1 : -1]
    assert tail == ['c.py', 'w.pth', '--launcher', 'slurm']
