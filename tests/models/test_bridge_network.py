"""The bridge network: its distance, head, branches and modes."""

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn
from toy_bridge import ROOT, base_model, small_model

from mmsar.apis import load_config
from mmsar.errors import ConfigError
from mmsar.models.matching import BridgeHead, BridgeNetwork, bridge_distance
from mmsar.models.matching.batch_pairs import pairs_of_batch
from mmsar.registry import MODELS
from mmsar.structures import PairSample


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def samples(*labels):
    return [PairSample(label=torch.tensor(label)) for label in labels]


def pair(count=2, size=64, channels=3):
    return {
        'sar': torch.randn(count, channels, size, size),
        'optical': torch.randn(count, 3, size, size),
    }


class TestDistance:
    def test_is_the_norm_over_the_root_of_the_dimension(self):
        z_sar, z_optical = torch.rand(2, 6, 50, dtype=torch.float64)
        expected = [
            float(torch.dist(a, b)) / 50**0.5 for a, b in zip(z_sar, z_optical, strict=True)
        ]
        torch.testing.assert_close(bridge_distance(z_sar, z_optical).tolist(), expected)

    def test_ends_of_the_range(self):
        zero, one = torch.zeros(50), torch.ones(50)
        assert float(bridge_distance(zero, one)) == pytest.approx(1)
        assert float(bridge_distance(one, one)) <= 1e-4

    def test_gradient(self):
        z_sar, z_optical = torch.rand(2, 3, 5, dtype=torch.float64)
        z_sar.requires_grad_()
        assert torch.autograd.gradcheck(bridge_distance, (z_sar, z_optical.requires_grad_()))

    @pytest.mark.parametrize('dtype', [torch.float64, torch.float32, torch.float16])
    def test_gradient_is_finite_where_the_distance_is_zero(self, dtype):
        z = torch.rand(3, 5).to(dtype)
        z_sar, z_optical = z.clone().requires_grad_(), z.clone().requires_grad_()
        if dtype == torch.float64:
            # In steps far below sqrt(eps), where the root is smooth.
            assert torch.autograd.gradcheck(bridge_distance, (z_sar, z_optical), eps=1e-9)
        bridge_distance(z_sar, z_optical).sum().backward()
        assert (z_sar.grad == 0).all()
        assert (z_optical.grad == 0).all()

    def test_half_precision_keeps_small_distances(self):
        a = torch.full((50,), 0.5, dtype=torch.float16)
        b = a + 2**-11
        assert float(bridge_distance(a, b)) == pytest.approx(2**-11, rel=1e-3)

    def test_broadcasts(self):
        z, grid = torch.rand(4), torch.rand(3, 2, 4)
        assert torch.equal(bridge_distance(z, grid)[2, 1], bridge_distance(z, grid[2, 1]))


class TestHead:
    def test_paper(self):
        head = BridgeHead(in_channels=6, feat_channels=5, out_channels=7).double()
        x = torch.randn(2, 6, 8, 8, dtype=torch.float64)
        assert {name: tuple(w.shape) for name, w in head.state_dict().items()} == {
            'conv.weight': (5, 6, 1, 1),
            'conv.bias': (5,),
            'fc.weight': (7, 80),
            'fc.bias': (7,),
        }
        maps = torch.einsum('oi,nihw->nohw', head.conv.weight[..., 0, 0], x)
        maps = (maps + head.conv.bias[:, None, None]).clamp(min=0)
        cells = maps.reshape(2, 5, 4, 2, 4, 2).mean(dim=(3, 5)).reshape(2, 80)
        expected = 1 / (1 + torch.exp(-(cells @ head.fc.weight.T + head.fc.bias)))
        torch.testing.assert_close(head((None, x)), expected)

    def test_official_has_two_linears_and_nothing_in_between(self):
        head = BridgeHead(in_channels=6, hidden_channels=9, out_channels=7, official=True)
        assert head.fc1.weight.shape == (9, 2048)
        pooled = torch.randn(2, 128, 4, 4)
        weight = head.fc2.weight @ head.fc1.weight
        bias = head.fc2.weight @ head.fc1.bias + head.fc2.bias
        expected = torch.sigmoid(pooled.flatten(1) @ weight.T + bias)
        torch.testing.assert_close(head.embed(pooled), expected, rtol=1e-4, atol=1e-5)

    def test_any_size(self):
        for size in (2, 7, 13):
            assert BridgeHead(in_channels=6)(torch.randn(1, 6, size, size + 1)).shape == (1, 50)

    def test_another_backbone_is_named(self):
        with pytest.raises(ConfigError, match=r'in_channels=6, .* gives 8 .* head\.in_channels=8'):
            BridgeHead(in_channels=6)(torch.zeros(1, 8, 4, 4))

    def test_sizes_above_zero(self):
        with pytest.raises(ConfigError, match='BridgeHead: out_channels=0; give a whole number'):
            BridgeHead(in_channels=6, out_channels=0)

    def test_branches_need_both_parts(self):
        whole = small_model().sar_branch
        for branch, message in (
            ({'head': {}}, r'optical_branch\.backbone is None; give optical_branch=dict\(backb'),
            ({**whole, 'head': {}}, r'optical_branch\.head is \{\}'),
        ):
            with pytest.raises(ConfigError, match=message):
                BridgeNetwork(sar_branch=whole, optical_branch=branch)


class TestNetwork:
    @pytest.fixture
    def model(self):
        return MODELS.build(small_model())

    def test_tensor(self, model):
        inputs = pair()
        z_sar, z_optical, distance = model.eval()(inputs, mode='tensor')
        assert z_sar.shape == z_optical.shape == (2, 50)
        assert ((z_sar > 0) & (z_sar < 1)).all()
        torch.testing.assert_close(distance, (z_sar - z_optical).norm(dim=1) / 50**0.5)
        # The branches share nothing, and each gets its own images.
        torch.testing.assert_close(z_sar, model.sar_branch(inputs['sar']))
        torch.testing.assert_close(z_optical, model.optical_branch(inputs['optical']))
        both = [{id(p) for p in b.parameters()} for b in (model.sar_branch, model.optical_branch)]
        assert not both[0] & both[1]
        assert not torch.equal(z_sar, model.optical_branch(inputs['sar']))

    def test_predict_fills_the_samples(self, model):
        inputs, given = pair(), samples(1, 0)
        predicted = model.eval()(inputs, given, mode='predict')
        assert predicted is given
        z_sar, z_optical, distance = model(inputs)
        for n, sample in enumerate(predicted):
            assert sample.distance.shape == ()
            torch.testing.assert_close(sample.distance, distance[n])
            torch.testing.assert_close(sample.z_sar, z_sar[n])
            torch.testing.assert_close(sample.z_optical, z_optical[n])
            assert int(sample.label) == 1 - n
        assert len(model(inputs, mode='predict')) == 2

    def test_a_training_step_through_the_preprocessor(self, model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        batch = {
            'inputs': {
                'sar': [torch.randint(256, (1, 64, 64), dtype=torch.uint8) for _ in range(6)],
                'optical': [torch.randint(256, (3, 64, 64), dtype=torch.uint8) for _ in range(6)],
            },
            'data_samples': samples(1, 0, 1, 0, 1, 0),
        }
        wrapper = OptimWrapper(optimizer)
        before = [p.clone() for p in model.parameters()]
        logs = [model.train_step(batch, wrapper) for _ in range(6)]
        assert set(logs[0]) == {'loss', 'match_term', 'nonmatch_term'}
        total = (logs[0]['match_term'] + logs[0]['nonmatch_term']) / 2
        torch.testing.assert_close(logs[0]['loss'].detach(), total)
        assert not logs[0]['match_term'].requires_grad
        assert logs[-1]['loss'] < logs[0]['loss']
        # Every parameter learns: none is unused.
        for old, new in zip(before, model.parameters(), strict=True):
            assert not torch.equal(old, new)

    def test_channels_last_changes_nothing_but_the_layout(self, model):
        other = MODELS.build(small_model(channels_last=True))
        other.load_state_dict(model.state_dict())
        assert other.sar_branch.backbone.conv1.weight.stride()[1] == 1
        inputs = pair(4)
        losses = [m(inputs, samples(1, 0, 1, 0), 'loss')['loss'] for m in (model, other)]
        torch.testing.assert_close(*losses)
        for loss in losses:
            loss.backward()
        for weight, same in zip(model.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(same.grad, weight.grad, rtol=1e-3, atol=1e-5)

    def test_wrong_mode(self, model):
        with pytest.raises(ValueError, match="'loss' needs data_samples"):
            model(pair(), mode='loss')

    def test_the_preprocessors_settings_are_no_weights(self, model):
        assert {key.split('.')[0] for key in model.state_dict()} == {'sar_branch', 'optical_branch'}

    @pytest.mark.parametrize(
        ('settings', 'message'),
        [
            (
                {'sar_branch__head__out_channels': 20},
                r'one common space.* is 20 in sar_branch and 50 in optical_branch',
            ),
            (
                {'sar_branch__backbone__in_channels': 1},
                r'data_preprocessor\.sar\.channels=3, but sar_branch\.backbone takes 1',
            ),
            ({'loss__alpha': -1}, r'alpha=-1'),
        ],
    )
    def test_parts_that_do_not_fit_are_named(self, settings, message):
        with pytest.raises(ConfigError, match=message):
            MODELS.build(small_model(**settings))


@pytest.mark.parametrize('name', ['bridge_r18', 'bridge_d53'])
def test_statistics_of_batch_normalisation_move_in_training(name):
    model = MODELS.build({**base_model(name), 'branch_init': None})
    before = {key: value.clone() for key, value in model.named_buffers() if 'running' in key}
    assert len(before) > 30
    model.train()
    with torch.no_grad():
        model(pair(size=32), mode='tensor')
    moved = dict(model.named_buffers())
    for key, old in before.items():
        assert not torch.equal(old, moved[key]), key


@pytest.mark.parametrize(
    ('name', 'channels'), [('bridge_r18', 512), ('bridge_r50', 2048), ('bridge_d53', 1024)]
)
def test_both_branches_are_built_alike(name, channels):
    with torch.device('meta'):
        model = MODELS.build(base_model(name))
    shapes = [
        {key: value.shape for key, value in branch.state_dict().items()}
        for branch in (model.sar_branch, model.optical_branch)
    ]
    assert shapes[0] == shapes[1]
    assert shapes[0]['head.conv.weight'] == (128, channels, 1, 1)
    assert shapes[0]['head.fc.weight'] == (50, 2048)
    slopes = {m.negative_slope for m in model.modules() if isinstance(m, nn.LeakyReLU)}
    assert slopes == ({0.01} if name == 'bridge_d53' else set())


def test_the_published_recipe():
    config = load_config(ROOT / 'configs/bridge/bridge_r50_official-head_qxs-saropt.py')
    assert config.default_scope == 'mmsar'
    optimizer = config.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.momentum, optimizer.weight_decay) == (
        *('SGD', 0.01, 0, 0),
    )
    assert config.train_cfg.max_epochs == 200
    (schedule,) = config.param_scheduler
    assert (list(schedule.milestones), schedule.gamma) == ([30, 100], 0.5)
    assert config.train_dataloader.batch_size == 20
    assert config.train_dataloader.batch_sampler.global_batch
    with torch.device('meta'):
        model = MODELS.build(config.model)
    assert model.sar_branch.head.official
    assert model.optical_branch.head.official
    assert model.loss.alpha == 1


class TestBatchNegatives:
    IDS = ((0, 0), (1, 1), (2, 5), (3, 3))  # of the SAR and the optical image
    SCENES = (('a', 'a'), ('b', 'b'), ('a', 'c'), (None, None))

    def samples(self):
        return [
            PairSample(
                metainfo={
                    'sar_id': ids[0],
                    'optical_id': ids[1],
                    'sar_group': scenes[0],
                    'optical_group': scenes[1],
                },
                label=torch.tensor(int(ids[0] == ids[1])),
            )
            for ids, scenes in zip(self.IDS, self.SCENES, strict=True)
        ]

    def test_which_match_and_which_count(self):
        match, counted = pairs_of_batch(self.samples())
        assert match.tolist() == torch.diag(torch.tensor([1, 1, 0, 1])).bool().tolist()
        # SAR image 2 and optical image 0 are of scene a; unknown scenes are not one scene.
        expected = torch.ones(4, 4, dtype=torch.bool)
        expected[2, 0] = False
        assert counted.tolist() == expected.tolist()

    def test_loss_is_that_of_all_pairs_one_by_one(self):
        model = MODELS.build(small_model(batch_negatives=True)).eval()
        inputs = pair(4)
        loss = model(inputs, self.samples(), mode='loss')
        z_sar, z_optical, _ = model(inputs)
        matches, others = [], []
        for i, (sar, _) in enumerate(self.IDS):
            for j, (_, optical) in enumerate(self.IDS):
                distance = float(torch.dist(z_sar[i], z_optical[j])) / 50**0.5
                if sar == optical:
                    matches.append(distance**2)
                elif (i, j) != (2, 0):
                    others.append((distance - 1) ** 2)
        assert (len(matches), len(others)) == (3, 12)
        expected = (sum(matches) / 3 + sum(others) / 12) / 2
        assert float(loss['loss']) == pytest.approx(expected, rel=1e-5)


class TestBatchNorm:
    def test_codes_are_spread_over_the_batch(self):
        head = BridgeHead(6, batch_norm=True)
        features = torch.randn(8, 6, 4, 4) * 1e-2 + 5
        values = head(features).logit()
        torch.testing.assert_close(values.mean(0), torch.zeros(50), atol=1e-3, rtol=0)
        assert float(values.std(0, correction=0).median()) > 1
        assert float(BridgeHead(6)(features).std(0).max()) < 0.01

    def test_one_image_is_normalised_as_in_evaluation(self):
        head = BridgeHead(6, batch_norm=True)
        head(torch.randn(8, 6, 4, 4))
        image = torch.randn(1, 6, 4, 4)
        before = head.norm.running_mean.clone()
        trained = head(image)
        assert torch.equal(head.norm.running_mean, before)
        torch.testing.assert_close(trained, head.eval()(image))
