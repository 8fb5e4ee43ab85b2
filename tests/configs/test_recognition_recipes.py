"""The published settings of SARATR-X's classifiers, and the draws in the repository."""

import warnings

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, init_default_scope
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.apis.few_shot.draws import make_draws, read_splits
from mmsar.apis.model_config import require_init_checkpoints
from mmsar.apis.recognition.sets import read_chip_sets
from mmsar.errors import ConfigError

CONFIGS = ROOT / 'configs' / 'saratrx'
LINEAR = sorted(CONFIGS.glob('*_linear_*.py'))
FINETUNING = CONFIGS / 'hivit-slim_finetune_1xb25-coslr-50e_mstar-soc10.py'


@pytest.mark.parametrize('path', LINEAR, ids=lambda path: path.stem)
def test_probing_is_as_published(path):
    config = load_config(path)
    optimizer = config.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.betas, optimizer.weight_decay) == (1e-3, (0.9, 0.95), 1e-4)
    assert (config.train_cfg.max_epochs, config.train_dataloader.batch_size) == (30, 25)
    assert config.model.head.num_classes == config.data_preprocessor.num_classes
    assert config.model.neck.pool == 'mean'
    assert config.model.backbone.frozen_stages == 3
    size = config.model.backbone.img_size
    assert config.test_dataloader.dataset.pipeline[-2].scale == size
    with pytest.raises(
        ConfigError, match=r'model\.backbone\.init_cfg\.checkpoint: file .* does not'
    ):
        require_init_checkpoints(config)  # never from random weights


def test_fine_tuning_gives_each_depth_its_rate():
    config = load_config(FINETUNING)
    init_default_scope('mmpretrain')
    with torch.device('meta'):
        model = MODELS.build({**config.model, 'data_preprocessor': None})
    wrapper = build_optim_wrapper(model, {**config.optim_wrapper})
    groups = {id(p): group for group in wrapper.param_groups for p in group['params']}
    for name, parameter in model.named_parameters():
        group = groups[id(parameter)]
        depth, number = model.backbone.get_layer_depth(name, 'backbone.')
        assert group['lr'] == pytest.approx(5e-4 * 0.75 ** (number - 1 - depth)), name
        flat = parameter.ndim == 1 or name == 'backbone.absolute_pos_embed'
        assert group['weight_decay'] == (0 if flat else 0.05), name
    rates = {group['lr'] for group in wrapper.param_groups}
    assert len(rates) == 8  # stem, six blocks, the rest
    assert max(rates) == 5e-4


@pytest.mark.parametrize(
    ('name', 'counts'), [('mstar_soc10', (964, 854, 10)), ('sar_acd6', (1448, 574, 6))]
)
def test_draws_of_the_small_sets(shared, name, counts):
    path = CONFIGS / f'hivit-slim_linear_1xb25-coslr-30e_{name.replace("_", "-")}.py'
    config = load_config(path, {'data_root': str(shared / 'data' / name)})
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        train, test = read_chip_sets(config)
    assert (len(train.paths), len(test.paths), len(train.classes)) == counts
    shots, seeds = [1, 2, 5, 10, 20, 40], list(range(10))
    kept = read_splits(CONFIGS / 'splits' / f'{name}.json', train, shots, seeds)
    assert kept == make_draws(train, shots, seeds, 'fewer')
