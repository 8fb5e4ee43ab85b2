"""Probing by the runner: a few chips, a frozen backbone that starts from a file."""

import pytest
import torch
from toy_recognition import write_config

from mmsar.apis import ChipClassifier, build_runner, load_config
from mmsar.errors import CheckpointError


def test_a_probe_is_trained_tested_and_used(tmp_path):
    path = write_config(tmp_path)
    config = load_config(path)
    config.work_dir = str(tmp_path / 'run')
    config.train_cfg.update(max_epochs=2, val_interval=2)
    few = config.train_dataloader.dataset
    few.dataset = dict(type='mmsar.FewShot', shots=4, seed=1, dataset=few.dataset)
    config.train_dataloader.batch_size = 6
    runner = build_runner(config)
    assert len(runner.train_dataloader.dataset) == 12
    runner.train()
    scores = runner.message_hub.get_scalar('val/accuracy/top1').current()
    weights = torch.load(tmp_path / 'weights.pth')
    for name, weight in runner.model.backbone.state_dict().items():
        assert torch.equal(weight, weights[name]), name
    assert not torch.equal(runner.model.neck.fc_norm.weight, torch.ones(32))
    assert runner.model.head.norm.num_batches_tracked == 4
    chips = sorted((tmp_path / 'data/test').glob('*/*.png'))
    verdicts = ChipClassifier(path, tmp_path / 'run')(chips)
    assert verdicts.classes == ('disc', 'gap', 'line')
    truth = [verdicts.classes.index(chip.parent.name) for chip in chips]
    right = (verdicts.labels == truth).mean()
    assert 100 * right == pytest.approx(scores, abs=1e-3)


def test_weights_of_another_network_stop_the_run(tmp_path):
    config = load_config(write_config(tmp_path))
    config.work_dir = str(tmp_path / 'run')
    torch.save({'something': torch.ones(3)}, tmp_path / 'weights.pth')
    with pytest.raises(CheckpointError, match='has 0% of the weights of backbone'):
        build_runner(config).train()
