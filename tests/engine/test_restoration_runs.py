"""Super-resolution on a folder of images, through the real commands."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import test as test_tool
import torch
from toy_isar import make_folder
from toy_runs import CONFIGS, equal, run, write_config

from mmsar.apis import load_config

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope='module')
def settings(tmp_path_factory):
    folder = str(make_folder(tmp_path_factory.mktemp('isar')))
    return {
        'train_dataloader': {'dataset': {'dataset': {'data_root': folder}}},
        'val_dataloader': {'dataset': {'data_root': folder}},
        'test_dataloader': {'dataset': {'data_root': folder}},
    }


def records(folder, key):
    (log,) = folder.glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line[key] for line in lines if key in line]


def hooks(*more):
    config = load_config(CONFIGS / 'toy_ssnet.py')
    return [*(dict(hook) for hook in config.custom_hooks), *more]


def test_it_trains_resumes_and_is_tested(tmp_path, settings, capsys):
    whole = run('toy_ssnet', tmp_path / 'whole', **settings)
    losses = records(tmp_path / 'whole', 'loss')
    assert len(losses) == 10
    parts = [
        records(tmp_path / 'whole', f'loss_{name}') for name in ('l1', 'foreground', 'spectral')
    ]
    for total, *terms in zip(losses, *parts, strict=True):
        assert total == pytest.approx(sum(terms), rel=1e-5)
    assert sum(losses[-3:]) < sum(losses[:3])
    # A picture of the bicubic baseline beside: the network begins as bilinear.
    assert len(records(tmp_path / 'whole', 'bicubic/PSNR_foreground')) == 2

    stopped = {'custom_hooks': hooks({'type': 'StopHook', 'at': 5}), **settings}
    with pytest.raises(KeyboardInterrupt):
        run('toy_ssnet', tmp_path / 'resumed', **stopped)
    assert equal(whole, run('toy_ssnet', tmp_path / 'resumed', '--resume', **settings))

    config = write_config(tmp_path / 'config' / 'test.py', 'toy_ssnet', **settings)
    options = ['test_dataloader.num_workers=0', 'test_dataloader.persistent_workers=False']
    last = torch.load(tmp_path / 'whole' / 'iter_10.pth', weights_only=True)
    # What is kept are the mean weights, which are those that were validated.
    assert not equal(last['state_dict'], whole)
    test_tool.main(
        [
            str(config),
            str(tmp_path / 'whole'),
            '--work-dir',
            str(tmp_path),
            '--cfg-options',
            *options,
        ]
    )
    figures = json.loads((tmp_path / 'test_results.json').read_text())['metrics']
    assert figures['PSNR'] == pytest.approx(records(tmp_path / 'whole', 'PSNR')[-1], abs=1e-3)
    assert {'PSNR_foreground', 'SSIM', 'sinc/PSNR', 'black/SSIM_foreground'} <= figures.keys()


def test_two_processes_do_what_one_does(tmp_path, settings):
    short = {'max_iters': 4, 'val_interval': 4}
    plain = {'custom_hooks': hooks(), 'train_cfg': short, **settings}
    one = run('toy_ssnet', tmp_path / 'one', **plain)
    config = write_config(tmp_path / 'two' / 'config' / 'two.py', 'toy_ssnet', **plain)
    result = subprocess.run(
        ['bash', 'tools/dist_train.sh', str(config), '2', '--work-dir', str(tmp_path / 'two')],
        cwd=ROOT,
        env={**os.environ, 'PYTHONPATH': f'{ROOT}:{ROOT / "tests"}'},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    ranks = [torch.load(tmp_path / 'two' / f'rank{rank}.pth') for rank in range(2)]
    assert equal(*ranks)
    for key, weight in one.items():
        torch.testing.assert_close(ranks[0][key], weight, rtol=1e-3, atol=1e-4)
    found, expected = (records(tmp_path / name, 'loss_l1') for name in ('two', 'one'))
    assert len(found) == 4
    torch.testing.assert_close(torch.tensor(found), torch.tensor(expected), rtol=1e-3, atol=1e-5)
