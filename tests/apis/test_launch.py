import pytest
from toy_runs import CONFIGS

from mmsar.apis import build_runner, load_config
from mmsar.errors import ConfigError


@pytest.mark.parametrize(
    ('launcher', 'message'),
    [('slurm', 'without a GPU is not supported'), ('pytorch', 'tools/dist_train.sh')],
)
def test_launchers_say_how_to_start_them_on_a_cpu(monkeypatch, launcher, message):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    monkeypatch.delenv('RANK', raising=False)
    with pytest.raises(ConfigError, match=message):
        build_runner(load_config(CONFIGS / 'toy_epoch.py'), launcher)
