"""Training the bridge network with two processes, and after an interruption."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from toy_bridge import ROOT, small_model
from toy_runs import equal, run, write_config

from mmsar.io import write_raster

PAIRS, EPOCHS, BATCH = 8, 2, 4
GROUPS = {'type': 'GN', 'num_groups': 4}


@pytest.fixture
def data(tmp_path) -> Path:
    """Eight pairs of noise."""
    generator = np.random.default_rng(0)
    for folder, bands in (('sar', 1), ('optical', 3)):
        (tmp_path / 'data' / folder).mkdir(parents=True)
        for number in range(PAIRS):
            image = generator.integers(0, 256, (32, 32, bands), dtype=np.uint8)
            write_raster(tmp_path / 'data' / folder / f'{number}.png', image)
    return tmp_path / 'data'


def settings(data: Path, **changes: Any) -> dict[str, Any]:
    """Return what makes a toy config train a small bridge network on the pairs."""
    pipeline: list[dict[str, Any]] = []
    for key, channels in (('sar', 1), ('optical', 3)):
        pipeline.append({'type': 'mmsar.LoadSARImage', 'key': key, 'channels': channels})
        pipeline.append({'type': 'mmsar.StretchSAR', 'key': key, 'rule': '8bit'})
    pipeline += [{'type': 'mmsar.PairFlip'}, {'type': 'mmsar.PackPair'}]
    pairs = {
        '_delete_': True,
        'type': 'mmsar.OpticalSARPairs',
        'data_root': str(data),
        'data_prefix': {'sar': 'sar', 'optical': 'optical'},
        'pipeline': pipeline,
    }
    return {
        'custom_imports': {'imports': ['mmsar', 'toy', 'toy_bridge']},
        'model': {'_delete_': True, **small_model(**changes).to_dict()},
        'train_dataloader': {
            'batch_size': BATCH,
            'batch_sampler': {'global_batch': True},
            'dataset': {'dataset': pairs},
        },
        'train_cfg': {'max_epochs': EPOCHS},
        'default_hooks': {'checkpoint': {'by_epoch': False, 'interval': 3}},
        'custom_hooks': [{'type': 'RecordPairsHook'}, {'type': 'DumpStateHook'}],
    }


def test_a_resumed_run_is_bitwise_equal(tmp_path, data):
    options = settings(data)
    whole = run('toy_epoch', tmp_path / 'whole', **options)
    folder = tmp_path / 'resumed'
    with pytest.raises(KeyboardInterrupt):  # at iteration 6 of 8, in the second epoch
        run('toy_epoch', folder, **{**options, 'custom_hooks': [{'type': 'StopHook', 'at': 7}]})
    assert equal(whole, run('toy_epoch', folder, '--resume', **options))
    seen = [json.loads((tmp_path / name / 'pairs0.json').read_text()) for name in ('whole', folder)]
    assert seen[1] == seen[0][6:]
    assert whole['sar_branch.backbone.bn1.running_mean'].abs().max() > 0


def test_two_processes_share_the_pairs_and_train_as_one(tmp_path, data):
    # Batch normalisation would see half a batch.
    changes = {f'{name}_branch__backbone__norm_cfg': GROUPS for name in ('sar', 'optical')}
    options = settings(data, **changes)
    one = run('toy_epoch', tmp_path / 'one', **options)

    config = write_config(tmp_path / 'two' / 'config' / 'bridge.py', 'toy_epoch', **options)
    command = ['bash', 'tools/dist_train.sh', str(config), '2']
    result = subprocess.run(
        [*command, '--work-dir', str(tmp_path / 'two')],
        env={**os.environ, 'PYTHONPATH': f'{ROOT}:{ROOT / "tests"}'},
        cwd=ROOT, capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
    alone = json.loads((tmp_path / 'one' / 'pairs0.json').read_text())
    ranks = [json.loads((tmp_path / 'two' / f'pairs{r}.json').read_text()) for r in range(2)]
    for whole, *parts in zip(alone, *ranks, strict=True):
        assert [len(part) for part in parts] == [BATCH // 2, BATCH // 2]
        assert sorted(parts[0] + parts[1]) == sorted(whole)
    steps = 2 * PAIRS // BATCH
    for epoch in range(EPOCHS):
        seen = [
            {tuple(pair) for batch in rank[epoch * steps : (epoch + 1) * steps] for pair in batch}
            for rank in ranks
        ]
        assert not seen[0] & seen[1]
        assert len(seen[0] | seen[1]) == 2 * PAIRS
    states = [torch.load(tmp_path / 'two' / f'rank{rank}.pth') for rank in range(2)]
    assert equal(*states)
    for name, weight in one.items():
        torch.testing.assert_close(states[0][name], weight, rtol=1e-4, atol=1e-5)
