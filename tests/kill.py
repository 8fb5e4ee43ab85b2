"""Killing a training process at a chosen moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch
from mmengine.runner import find_latest_checkpoint

ROOT = Path(__file__).parent.parent


def kill_after_next_checkpoint(config: Path, folder: Path, delay: float) -> None:
    """Start or resume a run, kill it after a checkpoint, and check that the latest one loads.

    Args:
        config: Config file.
        folder: Work folder.
        delay: Time in seconds from the new checkpoint to SIGKILL.
    """
    pointer = folder / 'last_checkpoint'
    before = pointer.read_text() if pointer.exists() else None
    with subprocess.Popen(
        [sys.executable, 'tools/train.py', str(config), '--work-dir', str(folder), '--resume'],
        cwd=ROOT,
        env={
            **os.environ,
            'PYTHONPATH': os.pathsep.join([str(ROOT), str(ROOT / 'tests')]),
            'OMP_NUM_THREADS': '1',
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        while process.poll() is None:
            if pointer.exists() and pointer.read_text() != before:
                break
            time.sleep(0.005)
        time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    latest = find_latest_checkpoint(str(folder))
    assert torch.load(latest, weights_only=True)['state_dict']
