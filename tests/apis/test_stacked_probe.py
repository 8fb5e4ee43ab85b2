"""Probes of many draws, trained together, against the classifier that they stand for."""

import math

import numpy as np
import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, PARAM_SCHEDULERS, init_default_scope
from torch import nn
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.apis.few_shot.heads import predict, reduced, standardised
from mmsar.apis.few_shot.stacked_probe import StackedProbes, _first_weights, train_probes
from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed

CONFIGS = ROOT / 'configs' / 'saratrx'


@pytest.fixture(scope='module')
def config():
    config = load_config(CONFIGS / 'hivit-slim_linear_1xb25-coslr-30e_mstar-soc10.py')
    init_default_scope('mmpretrain')
    return config


def clusters(count, tokens=1, classes=4, dims=16, spread=1.0, seed=0):
    """Return features of classes that overlap, and the classes."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(classes, tokens, dims))
    labels = np.arange(count) % classes
    values = centres[labels] + spread * rng.normal(size=(count, tokens, dims))
    return values.astype(np.float32), labels


def test_the_rate_of_each_epoch_is_the_published_one(config):
    parameter = nn.Parameter(torch.zeros(1))
    wrapper = build_optim_wrapper(nn.ParameterList([parameter]), dict(config.optim_wrapper))
    schedulers = [
        PARAM_SCHEDULERS.build(dict(s), default_args={'optimizer': wrapper})
        for s in config.param_scheduler
    ]
    rates = []
    for _ in range(config.train_cfg.max_epochs):
        rates.append(wrapper.param_groups[0]['lr'])
        wrapper.step()
        for scheduler in schedulers:
            scheduler.step()
    cosine = [0.5e-3 * (1 + math.cos(math.pi * epoch / 30)) for epoch in range(29)]
    assert rates == pytest.approx([1e-5, *cosine])
    group = wrapper.param_groups[0]
    assert (group['betas'], group['weight_decay']) == ((0.9, 0.95), 1e-4)


@pytest.mark.parametrize('tokens', [1, 4])
def test_a_stacked_probe_is_neck_and_head_of_the_classifier(config, tokens):
    """A plain training of mmsar.PooledNorm and mmsar.ProbeHead, with the same draws.

    In float64: the bias of the norm has a gradient of nothing but rounding, which AdamW enlarges.
    """
    train, labels = clusters(60, tokens, spread=1.5 * tokens)
    test, _ = clusters(40, tokens, spread=1.5 * tokens, seed=1)
    train, test = train.astype(np.float64), test.astype(np.float64)
    seeds, draws = [3, 8], [list(range(0, 55)), list(range(5, 60))]
    found = train_probes(config, train, labels, test, draws, seeds, 4)
    pool = 'mean' if tokens == 1 else 'grid'
    for seed, draw, predicted in zip(seeds, draws, found, strict=True):
        neck = MODELS.build(dict(type='mmsar.PooledNorm', dims=16, pool=pool))
        head = MODELS.build(dict(type='mmsar.ProbeHead', num_classes=4, in_channels=16 * tokens))
        head.fc.weight.data = _first_weights(seed, 16 * tokens, 4).t().contiguous()
        head.fc.bias.data.zero_()
        model = nn.Sequential(neck, head).train().double()
        wrapper = build_optim_wrapper(model, dict(config.optim_wrapper))
        schedulers = [
            PARAM_SCHEDULERS.build(dict(s), default_args={'optimizer': wrapper})
            for s in config.param_scheduler
        ]
        # As the backbone gives them: (N, C, H, W)
        maps = torch.from_numpy(train).transpose(1, 2).unflatten(2, (-1, 1 + (tokens > 1)))
        truth = torch.from_numpy(labels)
        generator = torch.Generator().manual_seed(derive_seed('order', seed))
        places = torch.tensor(draw)
        for _ in range(30):
            order = torch.randperm(len(draw), generator=generator)
            for chosen in places[order][:50].split(25):  # 5 are left out
                scores = model((maps[chosen],))
                wrapper.update_params(nn.functional.cross_entropy(scores, truth[chosen]))
            for scheduler in schedulers:
                scheduler.step()
        unseen = torch.from_numpy(test).transpose(1, 2).unflatten(2, (-1, 1 + (tokens > 1)))
        expected = model.eval()((unseen,)).argmax(1).numpy()
        assert (expected == predicted).all()
    assert not (found[0] == found[1]).all()


def test_first_weights_and_draws_follow_the_seed(config):
    train, labels = clusters(40)
    probes = StackedProbes([0, 1], 1, 16, 4)
    assert torch.equal(probes.weight[0], StackedProbes([0], 1, 16, 4).weight[0])
    assert not torch.equal(probes.weight[0], probes.weight[1])
    draws = [list(range(20)), list(range(20, 40))]
    together = train_probes(config, train, labels, train, draws, [0, 1], 4)
    alone = train_probes(config, train, labels, train, draws[1:], [1], 4)
    assert (together[1] == alone[0]).all()
    assert (train_probes(config, train, labels, train, draws, [0, 1], 4) == together).all()


def test_linear_probing_is_within_a_point_of_logistic_regression(config):
    """Both on the same features, of which ten in a hundred cannot be told apart."""
    train, labels = clusters(1500, spread=1.5)
    test, truth = clusters(2000, spread=1.5, seed=1)
    whole = [list(range(1500))]
    share = {
        head: (predict(head, config, train, labels, test, whole, [0], 4)[0] == truth).mean()
        for head in ('published', 'logistic')
    }
    assert 0.8 < share['logistic'] < 0.995
    assert abs(share['published'] - share['logistic']) < 0.01


def test_the_nearest_chip_of_each_draw(config):
    train, labels = clusters(30, tokens=2)
    test, _ = clusters(20, tokens=2, seed=1)
    draws = [[0, 1, 2, 3], [4, 9, 10, 11, 17]]
    found = predict('nearest', config, train, labels, test, draws, [0, 1], 4)

    def norm(tokens):
        tokens = tokens - tokens.mean(2, keepdims=True)
        return (tokens / np.sqrt(tokens.var(2, keepdims=True) + 1e-6)).reshape(len(tokens), -1)

    for draw, predicted in zip(draws, found, strict=True):
        distances = ((norm(test)[:, None] - norm(train[draw])[None]) ** 2).sum(2)
        assert (labels[draw][distances.argmin(1)] == predicted).all()


def test_turning_long_vectors_changes_no_regression():
    from sklearn.linear_model import LogisticRegression

    train, labels = clusters(24, tokens=8, dims=20)
    test, _ = clusters(50, tokens=8, dims=20, seed=1)
    x, y = standardised(train.reshape(24, -1), test.reshape(50, -1))
    turned, unseen = reduced(x, y)
    assert turned.shape[1] < 24 < x.shape[1]
    long = LogisticRegression(max_iter=2000, tol=1e-8).fit(x, labels).predict_proba(y)
    short = LogisticRegression(max_iter=2000, tol=1e-8).fit(turned, labels).predict_proba(unseen)
    assert np.allclose(long, short, atol=1e-4)


def test_a_schedule_that_couples_the_draws_is_refused():
    config = load_config(CONFIGS / 'hivit-slim_finetune_1xb25-coslr-50e_mstar-soc10.py')
    train, labels = clusters(20)
    with pytest.raises(ConfigError, match='without clip_grad and constructor: give one for lin'):
        train_probes(config, train, labels, train, [list(range(20))], [0], 4)


def test_a_probe_trained_to_the_end_is_logistic_regression():
    """Features that no line parts, few of them: here the published schedule stops short."""
    config = load_config(CONFIGS / 'hivit-slim_linear-converged_1xb256-500e_mstar-soc10.py')
    train, labels = clusters(300, dims=64, spread=4.0)
    test, truth = clusters(2000, dims=64, spread=4.0, seed=1)
    whole = [list(range(300))]
    config.optim_wrapper.optimizer.weight_decay = 1 / 300
    probe, logistic = (
        predict(head, config, train, labels, test, whole, [0], 4)[0]
        for head in ('published', 'logistic')
    )
    assert 0.4 < (logistic == truth).mean() < 0.9
    assert abs((probe == truth).mean() - (logistic == truth).mean()) < 0.01
    assert (probe == logistic).mean() > 0.95
