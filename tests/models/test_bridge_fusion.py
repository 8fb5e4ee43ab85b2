"""Two backbones as one, for detectors and classifiers."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from toy_bridge import BACKBONE, ROOT, small_model

from mmsar.apis import load_config
from mmsar.apis.model_config import require_init_checkpoints
from mmsar.engine.hooks import CheckNormalisationHook
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.models.backbones.bridge_fusion import FUSIONS
from mmsar.models.backbones.level_fusion import WindowCrossAttention, from_windows, to_windows
from mmsar.registry import MODELS

R18 = {**BACKBONE, 'out_indices': (1, 2, 3), 'norm_eval': False}
ATTENTION = {'embed': 8, 'heads': 2, 'window': 3}
IMAGENET = {'mean': [123.675, 116.28, 103.53], 'std': [58.395, 57.12, 57.375]}


def build(fusion='concat', sar=R18, optical=R18, **settings):
    settings.setdefault('channels', [16, 32, 64])
    settings |= {'attention': ATTENTION} if fusion == 'cross_attention' else {}
    return MODELS.build(
        {
            'type': 'mmsar.BridgeFusionBackbone',
            'sar': sar,
            'optical': optical,
            'fusion': fusion,
            **settings,
        }
    )


@pytest.mark.parametrize('fusion', FUSIONS)
def test_levels_are_those_of_one_backbone_and_both_learn(fusion):
    torch.manual_seed(0)
    model = build(fusion)
    model.init_weights()
    images = torch.randn(2, 6, 72, 40, requires_grad=True)
    levels = model(images)
    shapes = [tuple(level.shape) for level in levels]
    assert shapes == [(2, 16, 9, 5), (2, 32, 5, 3), (2, 64, 3, 2)]
    sum(level.square().mean() for level in levels).backward()
    without = [name for name, p in model.named_parameters() if p.grad is None]
    assert not without
    for part in (
        images.grad[:, :3],
        images.grad[:, 3:],
        *(m.conv1.weight.grad for m in views(model)),
    ):
        assert part.abs().max() > 0
    if fusion == 'cross_attention':
        assert all(p.grad.abs().max() > 0 for p in model.fusion[0].parameters() if p.ndim > 1)


def views(model):
    return model.sar, model.optical


def test_sum_and_concat_start_as_they_say():
    torch.manual_seed(0)
    images = torch.randn(1, 6, 64, 64)
    total, mean = build('sum').eval(), build('concat').eval()
    mean.load_state_dict(total.state_dict(), strict=False)
    apart = [view(part) for view, part in zip(views(total), images.split(3, 1), strict=True)]
    for sar, optical, added, averaged in zip(*apart, total(images), mean(images), strict=True):
        torch.testing.assert_close(added, sar + optical)
        torch.testing.assert_close(averaged, (sar + optical) / 2)


def slow_attention(module, queries, context):
    """Return what WindowCrossAttention gives, one position and head at a time."""
    height, width = queries.shape[2:]
    window, heads = module.window, module.heads
    dim = module.query.out_features // heads
    result = torch.zeros_like(queries)

    def norm(layer, vector):
        scaled = (vector - vector.mean()) / (vector.var(unbiased=False) + 1e-5).sqrt()
        return scaled * layer.weight + layer.bias

    for n, row, column in torch.cartesian_prod(*map(torch.arange, (len(queries), height, width))):
        top, left = row // window * window, column // window * window
        others = [
            (y, x)
            for y in range(top, min(top + window, height))
            for x in range(left, min(left + window, width))
        ]
        query = module.query(norm(module.norm_query, queries[n, :, row, column]))
        query = query + module.place[(row - top) * window + column - left]
        seen = [norm(module.norm_context, context[n, :, y, x]) for y, x in others]
        places = [module.place[(y - top) * window + x - left] for y, x in others]
        gathered = []
        for head in range(heads):
            part = slice(head * dim, (head + 1) * dim)
            keys = [(module.key(s) + p)[part] for s, p in zip(seen, places, strict=True)]
            scores = torch.stack([query[part] @ key for key in keys]) / dim**0.5
            shares = scores.exp() / scores.exp().sum()
            values = [module.value(s)[part] for s in seen]
            gathered.append(sum(share * value for share, value in zip(shares, values, strict=True)))
        result[n, :, row, column] = module.project(torch.cat(gathered))
    return result


@pytest.mark.parametrize('size', [(6, 3), (5, 4), (2, 1)])
def test_cross_attention_is_what_a_slow_version_gives(size):
    torch.manual_seed(0)
    module = WindowCrossAttention(6, **ATTENTION).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    queries, context = torch.randn(2, 2, 6, *size, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(
            module(queries, context), slow_attention(module, queries, context)
        )


def test_attention_stays_within_its_window():
    torch.manual_seed(0)
    module = WindowCrossAttention(4, **ATTENTION)
    queries, context = torch.randn(2, 1, 4, 6, 6)
    changed = context.clone()
    changed[..., 4, 1] += 1  # in the window of rows 3 to 5, columns 0 to 2
    differs = (module(queries, context) != module(queries, changed)).any(1)[0]
    assert differs.nonzero().min(0).values.tolist() == [3, 0]
    assert differs.nonzero().max(0).values.tolist() == [5, 2]


def test_windows_go_back_to_their_place():
    maps = torch.randn(2, 5, 7, 4)
    windows = to_windows(maps, 3)
    assert windows.shape == (2 * 3 * 2, 9, 5)
    assert torch.equal(windows[1, 0], maps[0, :, 0, 3])
    assert torch.equal(from_windows(windows, 3, (7, 4)), maps)


def test_views_may_have_one_channel():
    model = build(sar={**R18, 'in_channels': 1})
    assert model(torch.randn(1, 4, 64, 64))[0].shape == (1, 16, 8, 8)
    with pytest.raises(DataError, match=r'has 6 channels, .* take 1 \(sar\) and 3 \(optical\)'):
        model(torch.randn(1, 6, 64, 64))


def test_what_does_not_fit_is_named():
    wide = {**R18, 'base_channels': 16}
    for settings, message in (
        ({'fusion': 'max'}, r"fusion='max'; choose one of concat, sum, cross_attention"),
        ({'fusion': 'sum', 'channels': [8, 16, 32]}, r'channels=\[8, 16, 32\]; .* \[\(16, 8, 8\)'),
        ({'fusion': 'sum', 'optical': wide}, r'\[\(16, 8, 8\), .* and \[\(32, 8, 8\)'),
        ({'fusion': 'sum', 'channels': [16]}, r'channels=\[16\]'),
        ({'branch_init': {'radar': 'x'}}, r"branch_init names \['radar'\]"),
    ):
        with pytest.raises(ConfigError, match=message):
            build(**settings)(torch.randn(1, 6, 64, 64))
    with pytest.raises(ConfigError, match='embed=7, heads=2'):
        WindowCrossAttention(8, embed=7, heads=2)


@pytest.fixture(scope='module')
def bridge(tmp_path_factory):
    """A bridge network, its checkpoint and the file of its SAR backbone."""
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp('bridge')
    network = MODELS.build(small_model())
    torch.save({'state_dict': network.state_dict()}, folder / 'bridge.pth')
    published = {'state_dict': network.sar_branch.backbone.state_dict(), 'meta': IMAGENET}
    torch.save(published, folder / 'sar.pth')
    return network, folder


def test_backbones_start_from_the_branches(bridge):
    network, folder = bridge
    part = {'type': 'Pretrained', 'checkpoint': str(folder / 'bridge.pth')}
    optical = {**part, 'prefix': 'optical_branch.backbone.'}
    model = build(branch_init={'sar': str(folder / 'sar.pth'), 'optical': optical})
    model.init_weights()
    for mine, branch in zip(
        views(model), (network.sar_branch, network.optical_branch), strict=True
    ):
        wanted = branch.backbone.state_dict()
        assert all(torch.equal(value, wanted[key]) for key, value in mine.state_dict().items())
    # The hook that checks is gone: other loads are as strict as they say.
    assert not model.sar._load_state_dict_pre_hooks


def test_missing_weights_are_an_error(bridge, tmp_path):
    _, folder = bridge
    weights = torch.load(folder / 'sar.pth')['state_dict']
    weights.pop('layer2.0.conv1.weight')
    torch.save({'state_dict': weights}, tmp_path / 'cut.pth')
    for path, message in (
        (tmp_path / 'cut.pth', r'1 missing: layer2\.0\.conv1\.weight'),
        (folder / 'bridge.pth', r"missing: conv1\.weight.*prefix='sar_branch\.backbone\.'"),
    ):
        with pytest.raises(CheckpointError, match=message):
            build(branch_init={'optical': str(path)}).init_weights()
    config = Config({'model': {'backbone': {
        'type': 'mmsar.BridgeFusionBackbone', 'sar': R18, 'optical': R18,
        'branch_init': {'sar': 'gone.pth'},
    }}})  # fmt: skip
    with pytest.raises(ConfigError, match=r"model\.backbone\.branch_init\.checkpoint: .*'gone"):
        require_init_checkpoints(config)


def test_each_view_is_compared_with_its_own_normalisation(bridge):
    _, folder = bridge
    other = {'mean': [1.0] * 3, 'std': [2.0] * 3}

    def check(sar, optical):
        model = torch.nn.Module()
        model.backbone = build(branch_init={'sar': str(folder / 'sar.pth')})
        model.data_preprocessor = MODELS.build({
            'type': 'mmsar.StackedViewsPreprocessor', 'sar': sar, 'optical': optical,
            'host': {'type': 'mmdet.DetDataPreprocessor'},
        })  # fmt: skip
        loader = SimpleNamespace(dataset=None)
        CheckNormalisationHook().before_train(SimpleNamespace(model=model, train_dataloader=loader))

    check(IMAGENET, other)
    with pytest.raises(CheckpointError, match=r'set model\.data_preprocessor\.sar\.mean=\[123'):
        check(other, IMAGENET)
    with pytest.raises(CheckpointError, match=r'the model has \[0\]'):
        check(None, IMAGENET)


def test_a_detector_of_pairs_takes_what_the_configs_say():
    path = ROOT / 'configs/bridge/faster-rcnn_r18-slim-fusion-cross-attention_fpn_ports.py'
    config = load_config(path)
    init_default_scope('mmdet')
    model = MODELS.build(config.model)
    levels = model.extract_feat(torch.zeros(1, 6, 64, 64))
    assert [tuple(level.shape) for level in levels] == [(1, 64, s, s) for s in (8, 4, 2, 1)]
    # A GroupNorm bridge network has the same weights under the same names.
    bridge = MODELS.build(load_config(ROOT / 'configs/bridge/bridge_r18-slim_ports.py').model)
    shapes = [
        {key: value.shape for key, value in part.state_dict().items()}
        for part in (model.backbone.sar, bridge.sar_branch.backbone)
    ]
    assert shapes[0] == shapes[1]
