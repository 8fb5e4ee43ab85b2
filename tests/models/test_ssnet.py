"""SSNet, in small, and as published."""

import sys

import numpy as np
import pytest
import torch
from benchmarks.ssnet_plain import PlainSSNet
from model_converters import ssnet

from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.models.restoration import SSNet
from mmsar.models.restoration.cross_attention import CrossAttentionFusion
from mmsar.models.restoration.topk_attention import TopKAttention, merged_softmax
from mmsar.registry import MODELS

SMALL = {'num_feats': 16, 'num_groups': 1, 'num_blocks': 1}


def build(seed=0, std=0.3, **settings):
    """A small network, far from its start, where most branches add nothing."""
    torch.manual_seed(seed)
    settings = {'in_channels': 1, 'out_channels': 1, 'scale': 2, **SMALL, **settings}
    model = MODELS.build({'type': 'mmsar.SSNet', **settings})
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1 and 'norm' not in name:
            torch.nn.init.normal_(parameter, std=std)
    return model.eval()


def image(*shape, seed=1):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope='module')
def reference(shared):
    sys.path.insert(0, str(shared / 'reference'))
    try:
        import fill

        yield fill, shared / 'reference'
    finally:
        sys.path.remove(str(shared / 'reference'))


class TestPublished:
    @pytest.mark.parametrize(('scale', 'count'), [(4, 4_959_960), (2, 4_934_004)])
    def test_parity_through_the_converter(self, tmp_path, reference, capsys, scale, count):
        fill, folder = reference
        recorded = np.load(folder / f'ssnet_x{scale}.npz')
        seed = int(recorded['seed'])
        weights = fill.fill_state_dict(
            folder / f'ssnet_x{scale}_shapes.json', seed, gain=float(recorded['gain'])
        )
        torch.save({'state_dict': {f'module.{k}': v for k, v in weights.items()}}, tmp_path / 'in')
        ssnet.main([str(tmp_path / 'in'), str(tmp_path / 'out.pth')])
        assert '655 of 800 tensors taken, 145 dropped' in capsys.readouterr().out
        settings = {'type': 'mmsar.SSNet', 'in_channels': 3, 'out_channels': 3, 'scale': scale}
        model = MODELS.build(settings).eval()
        content = torch.load(tmp_path / 'out.pth', weights_only=True)
        model.load_state_dict(content['state_dict'], strict=True)
        assert content['meta']['settings'].items() >= settings.items()
        assert sum(p.numel() for p in model.parameters()) == count
        x = fill.image(tuple(recorded['input_shape'].tolist()), seed)
        expected = torch.as_tensor(recorded['output'])
        plain = PlainSSNet(model)
        with torch.no_grad():
            for found in (model(x), plain(x)):
                assert (found - expected).abs().max() < 2e-5 * expected.std()
        model.train()(x).square().mean().backward()
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())
        # The plain form has the published number of parameters, but for what is never called.
        unused = sum(p.numel() for n, p in weights.items() if '.sca.' in n)
        unused += sum(p.numel() for n, p in weights.items() if n == 'conv_out.weight')
        total = sum(p.numel() for p in weights.values())
        outer = sum(p.numel() for p in plain.parameters())
        assert outer == total - unused


def published(model, dead=True):
    """The state dict that the published code would have for a network of mmsar."""
    generator = torch.Generator().manual_seed(3)
    names = {
        'block_top': 'dau_top', 'block_mid': 'dau_mid', 'block_bot': 'dau_bot',
        'fuse_top': 'skff_top', 'fuse_mid': 'skff_mid', 'query_l': 'l_proj1', 'query_r': 'r_proj1',
        'value_l': 'l_proj2', 'value_r': 'r_proj2', 'qkv_depthwise': 'qkv_dwconv',
        'attention': 'contex', 'to_mid.project': 'down2.body.0.bot.1',
        'to_bot.0.project': 'down4.0.body.0.bot.1', 'to_bot.1.project': 'down4.1.body.0.bot.1',
        'bot_to_mid.0.project': 'up32_1.body.0.bot.0',
        'bot_to_mid.1.project': 'up32_2.body.0.bot.0',
        'mid_to_top.0.project': 'up21_1.body.0.bot.0',
        'mid_to_top.1.project': 'up21_2.body.0.bot.0', 'conv_up': 'up.0', 'groups.': 'body.',
        '.blocks.': '.body.', '.conv.weight': '.body.1.weight',
        '.project.weight': '.conv_out.weight',
    }  # fmt: skip
    result = {}
    for key, value in model.state_dict().items():
        name = key
        for ours, theirs in names.items():
            name = name.replace(ours, theirs)
        if name.endswith('mixture'):
            for number, part in enumerate(value.split(1), 1):
                result[name.replace('mixture', f'attn{number}')] = part
        else:
            kernel = value.ndim == 2 and 'temperature' not in name
            scale = name.endswith(('beta', 'gamma'))
            shape = (*value.shape, 1, 1) if kernel else (1, -1, 1, 1) if scale else value.shape
            result[name] = value.reshape(shape)
    if dead:
        result['conv_out.weight'] = torch.rand(model.out_channels, 16, 3, 3, generator=generator)
        result['body.0.body.0.dau_top.conv4.bias'] = torch.rand(32, generator=generator)
        result['body.0.body.0.dau_mid.sca.1.bias'] = torch.rand(24, generator=generator)
    return result


class TestConverter:
    def test_a_small_one(self, tmp_path, capsys):
        model = build(scale=3)
        torch.save({'params': published(model)}, tmp_path / 'in.pth')
        ssnet.main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth')])
        content = torch.load(tmp_path / 'out.pth', weights_only=True)
        again = MODELS.build(content['meta']['settings']).eval()
        again.load_state_dict(content['state_dict'], strict=True)
        x = image(1, 1, 16, 12)
        assert torch.equal(again(x), model(x))
        assert '3 dropped (without influence on the output' in capsys.readouterr().out

    @pytest.mark.parametrize(
        ('change', 'message'),
        [
            (lambda w: w.pop('up.0.bias'), r'1 missing: conv_up\.bias'),
            (lambda w: w.update(more=torch.zeros(1)), r'1 left over: more'),
            (
                lambda w: w.pop('body.0.body.0.dau_mid.contex.attn2'),
                r'block_mid\.attention\.mixture \(3,\) instead of \(4,\)',
            ),
            (
                lambda w: w.update({'body.0.body.0.dau_top.conv1.bias': torch.zeros(9)}),
                r'block_top\.conv1\.bias \(9,\) instead of \(32,\)',
            ),
            (lambda w: w.pop('conv_in.weight'), 'is no published SSNet'),
            (lambda w: w.pop('body.0.body.0.dau_top.beta'), 'is no published SSNet'),
            (lambda w: w.update({'conv_up.weight': w['up.0.weight']}), 'use it as it is'),
        ],
    )
    def test_what_does_not_fit(self, tmp_path, change, message):
        weights = published(build())
        change(weights)
        torch.save(weights, tmp_path / 'in.pth')
        with pytest.raises(CheckpointError, match=message):
            ssnet.main([str(tmp_path / 'in.pth'), str(tmp_path / 'out.pth')])
        assert not (tmp_path / 'out.pth').exists()

    def test_the_published_file_is_not_replaced(self, tmp_path):
        path = tmp_path / 'in.pth'
        torch.save(published(build()), path)
        with pytest.raises(ConfigError, match=r'in\.pth is the input itself'):
            ssnet.main([str(path), str(tmp_path / '..' / tmp_path.name / 'in.pth')])
        assert 'up.0.weight' in torch.load(path, weights_only=True)


class TestNetwork:
    @pytest.mark.parametrize('scale', [1, 2, 3, 4])
    @pytest.mark.parametrize('size', [(61, 67), (64, 48), (1, 2)])
    def test_any_size(self, scale, size):
        x = image(2, 1, *size)
        with torch.no_grad():
            y = build(scale=scale)(x)
        assert y.shape == (2, 1, scale * size[0], scale * size[1])
        assert y.isfinite().all()

    def test_it_begins_as_plain_convolutions_around_a_bilinear_enlargement(self):
        torch.manual_seed(0)
        model = SSNet(3, 3, scale=4, **SMALL)
        torch.nn.init.zeros_(model.conv_up.weight)
        torch.nn.init.zeros_(model.conv_up.bias)
        x = image(1, 3, 8, 12)
        expected = torch.nn.functional.interpolate(x, scale_factor=4, mode='bilinear')
        torch.testing.assert_close(model(x), expected)

    def test_channels(self):
        assert build(in_channels=2)(image(1, 2, 8, 8)).shape == (1, 1, 16, 16)
        assert build(out_channels=3)(image(1, 1, 8, 8)).shape == (1, 3, 16, 16)
        with pytest.raises(DataError, match='images of 3 channels, but takes 1'):
            build()(image(1, 3, 8, 8))

    def test_gradients_are_those_of_the_plain_form(self):
        x = image(2, 1, 16, 24)
        model = build().double()
        plain = PlainSSNet(model).double()
        for form in (model, plain):
            form(x.double()).sin().sum().backward()
        mine = model.groups[0].blocks[0]
        theirs = plain.groups[0][0]
        for found, expected in (
            (model.conv_in.weight, plain.conv_in.weight),
            (mine.block_mid.beta, theirs.mid.beta),
            (mine.block_bot.conv3.weight, theirs.bot.conv3.weight),
            (mine.block_bot.attention.temperature, theirs.bot.attention.temperature),
            (mine.block_top.attention.qkv.weight, theirs.top.attention.qkv.weight),
            (mine.block_mid.attention.project_out.weight, theirs.mid.attention.project_out.weight),
            (mine.fuse_mid.gamma, theirs.fuse_mid.gamma),
            (mine.fuse_top.value_r.bias, theirs.fuse_top.value_r.bias),
            (mine.fuse_top.norm_l.weight, theirs.fuse_top.norm_l.weight),
        ):
            grad = expected.grad.view(found.shape)
            torch.testing.assert_close(found.grad, grad, rtol=1e-6, atol=1e-9)
        mixtures = [p.grad for p in theirs.top.attention.mixture]
        torch.testing.assert_close(mine.block_top.attention.mixture.grad, torch.cat(mixtures))

    def test_recomputing_changes_no_gradient(self):
        x = image(1, 1, 12, 16)
        grads = []
        for with_cp in (False, True):
            model = build(with_cp=with_cp, num_blocks=2).train()
            model(x).sin().sum().backward()
            grads.append({name: p.grad for name, p in model.named_parameters()})
        for name, grad in grads[0].items():
            torch.testing.assert_close(grads[1][name], grad, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
    def test_mixed_precision(self, dtype):
        x = image(1, 1, 24, 32)
        for fused_from in (0, 1000):
            model = build(fused_from=fused_from)
            # Activations of half precision are well above what their squares could be.
            model.get_parameter('conv_in.weight').data.mul_(20)
            expected = model(x)
            with torch.autocast('cpu', dtype):
                found = model(x)
            found.float().mean().backward()
            assert all(p.grad.isfinite().all() for p in model.parameters())
            assert float((found - expected).detach().std()) < 0.05 * float(expected.detach().std())

    def test_the_feed_forward_half(self):
        x = image(1, 1, 12, 12)
        plain, applied = build(), build(ffn='applied')
        found = applied.load_state_dict(plain.state_dict(), strict=False)
        assert all('conv4' in n or 'conv5' in n or 'gamma' in n for n in found.missing_keys)
        applied.get_parameter('groups.0.blocks.0.block_top.gamma').data.zero_()
        applied.get_parameter('groups.0.blocks.0.block_mid.gamma').data.zero_()
        applied.get_parameter('groups.0.blocks.0.block_bot.gamma').data.zero_()
        torch.testing.assert_close(applied(x), plain(x))
        applied.get_parameter('groups.0.blocks.0.block_top.gamma').data.fill_(1)
        assert not torch.allclose(applied(x), plain(x))

    def test_settings_that_do_not_fit(self):
        for settings, message in (
            ({'ffn': 'gated'}, "ffn='gated'; choose one of none, applied"),
            ({'fusion_axes': 'height'}, "fusion_axes='height'"),
            ({'scale': 0}, 'scale=0; it must be a whole number above zero'),
            ({'num_feats': 24}, '54 channels cannot be divided among 4 heads'),
            ({'in_channels': 2, 'out_channels': 3}, 'they must be equal, or one of them 1'),
            ({'chan_factor': 0.5}, 'chan_factor=0.5'),
        ):
            with pytest.raises(ConfigError, match=message):
                build(**settings)


class TestAttention:
    def test_the_merged_matrix_is_the_sum_of_four(self):
        torch.manual_seed(0)
        scores, mixture = torch.randn(2, 3, 15, 15), torch.randn(4)
        counts = [7, 10, 11, 12]
        expected = torch.zeros_like(scores)
        for weight, count in zip(mixture, counts, strict=True):
            least = scores.sort(dim=-1, descending=True)[0][..., count - 1 : count]
            kept = scores.masked_fill(scores < least, -torch.inf)
            expected += weight * kept.softmax(dim=-1)
        torch.testing.assert_close(merged_softmax(scores, counts, mixture), expected)

    def test_counts_of_the_published_widths(self):
        counts = {80: [40, 53, 60, 64], 60: [30, 40, 45, 48], 45: [22, 30, 33, 36]}
        for size, expected in counts.items():
            assert TopKAttention(size, 1).counts == expected

    def test_black_images_have_gradients(self):
        model = build()
        for module in model.modules():  # queries and keys that are zero everywhere
            if isinstance(module, TopKAttention):
                torch.nn.init.zeros_(module.qkv.weight)
        model(torch.zeros(1, 1, 8, 8)).sum().backward()
        assert all(p.grad.isfinite().all() for p in model.parameters())

    @pytest.mark.parametrize('both', [False, True])
    def test_fused_and_plain_agree(self, both):
        torch.manual_seed(1)
        plain, fused = (CrossAttentionFusion(12, both, length) for length in (1000, 0))
        for parameter in plain.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        fused.load_state_dict(plain.state_dict())
        results = []
        for form in (plain, fused):
            left, right = (image(2, 6, 10, 12, seed=n).requires_grad_() for n in (3, 4))
            form(left, right).sin().sum().backward()
            results.append((form(left, right), left.grad, right.grad, form.beta.grad))
        for found, expected in zip(*results, strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)

    def test_both_axes_do_the_same_for_a_transposed_image(self):
        torch.manual_seed(1)
        for both in (False, True):
            fusion = CrossAttentionFusion(12, both)
            torch.nn.init.normal_(fusion.beta)
            left, right = image(1, 8, 8, 12, seed=3), image(1, 8, 8, 12, seed=4)
            turned = fusion(left.transpose(1, 2), right.transpose(1, 2)).transpose(1, 2)
            assert torch.allclose(turned, fusion(left, right), atol=1e-5) == both
