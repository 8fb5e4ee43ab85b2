import pytest
from toy_runs import run

from mmsar.errors import ConfigError


def test_plain_sampler_is_refused(tmp_path):
    sampler = {'_delete_': True, 'type': 'DefaultSampler', 'shuffle': True}
    with pytest.raises(ConfigError, match=r"DefaultSampler.*type='mmsar.SeededSampler'"):
        run('toy_epoch', tmp_path, train_dataloader={'sampler': sampler})


def test_iteration_loop_needs_an_endless_sampler(tmp_path):
    with pytest.raises(ConfigError, match='infinite=True'):
        run('toy_iter', tmp_path, train_dataloader={'sampler': {'infinite': False}})
