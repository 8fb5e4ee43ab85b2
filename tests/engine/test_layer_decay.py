"""Learning rates of layers, in a whole detector and a classifier."""

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, init_default_scope
from torch import nn
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.errors import ConfigError
from mmsar.models.backbones import HiViT

DETECTION = ROOT / 'configs/saratrx/faster-rcnn_saratrx-base_fpn_8xb2-36e_sardet100k.py'


class Classifier(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(3, 3)


def settings(rate, **options):
    return {
        'type': 'OptimWrapper',
        'optimizer': {'type': 'AdamW', 'lr': 1.0, 'weight_decay': 0.5},
        'constructor': 'mmsar.LayerDecayConstructor',
        'paramwise_cfg': {'layer_decay_rate': rate, **options},
    }


def by_name(model, wrapper, key='lr'):
    found = {id(p): group[key] for group in wrapper.optimizer.param_groups for p in group['params']}
    return {name: found[id(p)] for name, p in model.named_parameters() if p.requires_grad}


def test_rates_of_the_published_detector():
    """Everything before the attention has 0.9^21 of the rate, block k 0.9^(20 - k)."""
    config = load_config(DETECTION)
    init_default_scope(config.default_scope)
    with torch.device('meta'):
        model = MODELS.build(config.model)
    wrapper = build_optim_wrapper(model, {**config.optim_wrapper})
    rates = by_name(model, wrapper)
    for name in ('absolute_pos_embed', 'patch_embed.proj.bias', 'blocks.9.reduction.weight'):
        assert rates[f'backbone.{name}'] == pytest.approx(5e-4 * 0.9**21)
    for block in range(20):
        rate = rates[f'backbone.blocks.{block + 10}.mlp.fc1.weight']
        assert rate == pytest.approx(5e-4 * 0.9 ** (20 - block))
    for name in ('backbone.out_norms.0.bias', 'neck.lateral_convs.0.conv.weight'):
        assert rates[name] == 5e-4
    decays = by_name(model, wrapper, 'weight_decay')
    flat = {name for name, p in model.named_parameters() if p.ndim == 1}
    flat.add('backbone.absolute_pos_embed')
    assert decays == {name: 0 if name in flat else 0.05 for name in decays}
    # One group for each rate and decay: 22 depths, with and without; and that of the positions.
    assert len(wrapper.optimizer.param_groups) == 45


def test_groups_do_not_change_the_step():
    """Merged groups of a small model move it as a group a parameter would."""
    torch.manual_seed(0)
    arch = {'embed_dims': 16, 'depths': (1, 1, 2), 'num_heads': 2}
    model = Classifier(HiViT(arch, 32, frozen_stages=1))
    wrapper = build_optim_wrapper(model, settings(0.5, bias_decay_mult=0.0))
    rates, decays = (by_name(model, wrapper, key) for key in ('lr', 'weight_decay'))
    assert 'backbone.patch_embed.proj.weight' not in rates
    assert rates['backbone.blocks.7.norm2.weight'] == 0.25 * 2
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter) if parameter.requires_grad else None
    wrapper.optimizer.step()
    for name, parameter in model.named_parameters():
        # The first step of Adam with gradient 1 is the rate itself, after the decay.
        rate = rates.get(name, 0)
        expected = before[name] * (1 - rate * decays.get(name, 0)) - rate
        torch.testing.assert_close(parameter.detach(), expected, atol=1e-5, rtol=1e-5)


def test_custom_keys_and_rates_multiply():
    model = Classifier(HiViT({'embed_dims': 16, 'depths': (1, 1, 1), 'num_heads': 2}, 32))
    custom = {'head': {'lr_mult': 3.0}, 'patch_embed': {'lr_mult': 10.0, 'decay_mult': 0.0}}
    wrapper = build_optim_wrapper(model, settings(0.5, custom_keys=custom))
    rates = by_name(model, wrapper)
    assert rates['head.weight'] == 3
    assert rates['backbone.patch_embed.proj.bias'] == 10 * 0.25
    assert by_name(model, wrapper, 'weight_decay')['backbone.patch_embed.proj.bias'] == 0


def test_what_does_not_fit_is_named():
    with pytest.raises(ConfigError, match=r'Linear as model\.backbone does not tell the depths'):
        build_optim_wrapper(Classifier(nn.Linear(2, 2)), settings(0.5))
    with pytest.raises(ConfigError, match=r'layer_decay_rate=0; give a number above 0'):
        build_optim_wrapper(Classifier(nn.Linear(2, 2)), settings(0))
    wrapper = build_optim_wrapper(Classifier(nn.Linear(2, 2)), settings(1))
    assert len(wrapper.optimizer.param_groups) == 1
