"""The HiViT backbone, in small."""

import copy

import pytest
import torch
from torch import nn

from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.models.backbones import HiViT
from mmsar.models.backbones.hivit_positions import relative_bias, resize_positions, sincos_positions
from mmsar.registry import MODELS

SMALL = {'embed_dims': 16, 'depths': (1, 1, 3), 'num_heads': 2}
LEVELS = {'out_indices': (0, 1, 2, 3), 'out_norm': True}


def build(seed=0, **settings):
    torch.manual_seed(seed)
    model = HiViT(**{'arch': SMALL, 'img_size': 64, **settings})
    for parameter in model.parameters():  # far from the start, where branches add next to nothing
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
    return model.eval()


def image(*shape, seed=1):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ('arch', 'width', 'blocks', 'millions'),
    # 65.80 million with the norm of pre-training, 2 * 3584
    [
        ('slim', 192, 12, 2.94),
        ('tiny', 384, 16, 19.2),
        ('small', 384, 30, 37.3),
        ('base', 512, 30, 65.79),
    ],
)
def test_architectures(arch, width, blocks, millions):
    with torch.device('meta'):
        model = MODELS.build({'type': 'mmsar.HiViT', 'arch': arch})
    assert (model.out_channels, len(model.blocks)) == ((width,), blocks)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == pytest.approx(millions * 1e6, rel=0.03 if arch != 'base' else 1e-3)


class TestLevels:
    @pytest.mark.parametrize(('height', 'width'), [(512, 512), (800, 1333), (8, 91)])
    @pytest.mark.parametrize('extra', [{}, {'rel_pos': True, 'img_size': 48}], ids=['', 'rel_pos'])
    def test_any_size(self, height, width, extra):
        if extra and height > 100:
            extra = {**extra, 'global_blocks': ()}  # a bias for each pair of 4200 tokens is large
        model = build(window_size=5, **{'global_blocks': (1,), **extra}, **LEVELS)
        x = image(1, 3, height, width)
        rows, columns = -(-height // 16), -(-width // 16)
        with torch.no_grad():
            levels = model(x)
            # What fills an image up is zero.
            filled = torch.zeros(1, 3, 16 * rows, 16 * columns)
            filled[..., :height, :width] = x
            again = model(filled)
        assert [tuple(level.shape[1:]) for level in levels] == [
            (4, 4 * rows, 4 * columns),
            (8, 2 * rows, 2 * columns),
            (16, rows, columns),
            (16, -(-rows // 2), -(-columns // 2)),
        ]
        for level, other in zip(levels, again, strict=True):
            torch.testing.assert_close(level, other)

    def test_a_level_does_not_depend_on_the_others_asked_for(self):
        x = image(2, 3, 64, 64)
        model, plain = build(out_indices=(0, 1, 2, 3)), build(out_indices=(2,))
        (level,) = plain(x)
        assert torch.equal(model(x)[2], level)
        pooled = model(x)[3]
        assert torch.equal(pooled[0, :, 0, 0], level[0, :, :2, :2].amax((1, 2)))

    def test_pixels_reach_the_place_they_have(self):
        """Without attention to others, a unit of the result depends on its pixels alone."""
        model = build(window_size=1, out_indices=(0, 1, 2))
        x = image(1, 1, 64, 80)
        changed = x.clone()
        changed[..., 37, 50] += 1  # row 2, column 3 of the units
        for level, other in zip(model(x), model(changed), strict=True):
            side = level.shape[2] // 4
            places = (level != other).any(1)[0].nonzero()
            assert len(places)
            assert {(int(y) // side, int(x) // side) for y, x in places} == {(2, 3)}
        first = (model(x)[0] != model(changed)[0]).any(1)[0].nonzero()
        assert first.tolist() == [[37 // 4, 50 // 4]]

    def test_official_indices_are_earlier(self):
        arch = {'embed_dims': 16, 'depths': (2, 2, 1), 'num_heads': 2}
        official = build(arch=arch, out_indices=(0, 1, 2), official_merge_indices=True)
        ours = build(arch=arch, out_indices=(0, 1, 2))
        seen = {}
        for number, block in enumerate(ours.blocks):
            block.register_forward_hook(lambda *a, n=number: seen.update({n: a[-1]}))
        x = image(1, 3, 64, 64)
        for model, ends in ((ours, (3, 8)), (official, (1, 4))):
            for level, end in zip(model(x), ends, strict=False):
                ours(x)
                unit = level[0, :, : level.shape[2] // 4, : level.shape[2] // 4]
                assert torch.equal(unit.permute(1, 2, 0), seen[end][0, 0])
        assert torch.equal(official(x)[2], ours(x)[2])

    def test_official_range_is_0_to_255(self):
        x = image(2, 1, 64, 64)
        ours, official = build(), build(official_input_range=True)
        assert torch.equal(official(x)[0], ours(255 * x)[0])
        keep = torch.tensor([[3, 0], [1, 2]])
        assert torch.equal(official(x, keep), ours(255 * x, keep))
        assert not torch.equal(official(x)[0], ours(x)[0])

    def test_one_channel_stands_for_equal_ones(self):
        model = build()
        x = image(2, 1, 64, 64)
        torch.testing.assert_close(model(x), model(x.expand(-1, 3, -1, -1)))
        with pytest.raises(DataError, match='images of 2 channels, but takes 3'):
            model(image(2, 2, 64, 64))


class TestAttention:
    def test_windows_are_apart_but_for_global_blocks(self):
        x = image(1, 3, 128, 128)
        changed = x.clone()
        changed[..., 5, 5] += 1
        for blocks, reached in (((), 16), ((2,), 64)):
            model = build(window_size=4, global_blocks=blocks)
            different = (model(x)[0] != model(changed)[0]).any(1)
            assert int(different.sum()) == reached

    def test_fused_is_what_the_formula_says(self):
        attention = build(rel_pos=True).blocks[-1].attn
        x = image(2, 16, 16)
        q, k, v = attention.qkv(x).view(2, 16, 3, 2, 8).permute(2, 0, 3, 1, 4)
        weights = q @ k.transpose(2, 3) / 8**0.5
        table = attention.relative_position_bias_table
        for head in range(2):
            for i in range(16):
                for j in range(16):
                    row, column = i // 4 - j // 4 + 3, i % 4 - j % 4 + 3
                    weights[:, head, i, j] += table[row * 7 + column, head]
        expected = attention.proj((weights.softmax(-1) @ v).transpose(1, 2).reshape(2, 16, 16))
        torch.testing.assert_close(attention(x, (4, 4)), expected)

    def test_a_resized_table_is_smooth(self):
        # A bias that grows with the row keeps doing so in larger grids.
        table = torch.arange(7.0).repeat_interleave(7)[:, None]
        bias = relative_bias(table, (4, 4), (8, 6))[0, 0].view(8, 6, 8, 6)
        assert bias[0, 0, 7, 0] < 0.5
        assert bias[7, 0, 0, 0] > 5.5
        assert (bias[1:, 0, 0, 0] > bias[:-1, 0, 0, 0]).all()


class TestMaskedInput:
    @pytest.mark.parametrize('rel_pos', [False, True])
    def test_all_units_in_any_order(self, rel_pos):
        size = 96
        model = build(rel_pos=rel_pos)
        x = image(2, 3, size, size)
        keep = torch.stack([torch.randperm((size // 16) ** 2) for _ in range(2)])
        tokens = model(x)[0].flatten(2).transpose(1, 2)
        expected = tokens.gather(1, keep[:, :, None].expand(-1, -1, 16))
        torch.testing.assert_close(model(x, keep), expected)

    def test_stages_together(self):
        model = build(concat_stages=True)
        model.norm.weight.data.uniform_(0.5, 2)
        x = image(1, 1, 64, 64)
        keep = torch.tensor([[9, 2, 15]])
        seen = []
        for block in (model.blocks[1], model.blocks[4], model.blocks[-1]):
            block.register_forward_hook(lambda *a: seen.append(a[-1]))
        tokens = model(x, keep)
        assert [stage.shape[2:] for stage in seen] == [(4, 4, 4), (2, 2, 8), (16,)]
        together = torch.cat([stage.reshape(1, 3, -1) for stage in seen], dim=2)
        torch.testing.assert_close(tokens, model.norm(together))
        # Hidden pixels have no influence.
        hidden = x.clone()
        hidden[..., :32, 48:] = 7  # units 3 and 7
        assert torch.equal(model(hidden, keep), tokens)

    def test_others_take_its_weights(self):
        weights = build(concat_stages=True).state_dict()
        plain = build(seed=5)
        plain.load_state_dict(weights, strict=True)
        assert torch.equal(plain.blocks[0].mlp.fc1.bias, weights['blocks.0.mlp.fc1.bias'])
        wrapped = nn.ModuleDict({'backbone': build(seed=5)})
        wrapped.load_state_dict({f'backbone.{k}': v for k, v in weights.items()}, strict=True)
        with pytest.raises(RuntimeError, match=r'Unexpected.*extra'):
            plain.load_state_dict({**weights, 'extra': torch.zeros(1)}, strict=True)


class TestPositions:
    def test_sines_and_cosines(self):
        model = build()
        found = model.absolute_pos_embed[0].detach().view(4, 4, 16)
        assert torch.equal(found, sincos_positions(16, (4, 4))[0].view(4, 4, 16))
        frequencies = 10000 ** -(torch.arange(4.0) / 4)
        torch.testing.assert_close(found[2, 3, :4], torch.sin(3 * frequencies))
        torch.testing.assert_close(found[2, 3, 12:], torch.cos(2 * frequencies))

    def test_resized_ones_are_kept_until_they_change(self):
        model = build()
        with torch.no_grad():
            first = model.positions((5, 7))
            assert model.positions((5, 7)) is first
            model.absolute_pos_embed.mul_(2)
            torch.testing.assert_close(model.positions((5, 7)), 2 * first)
            model.load_state_dict(build(seed=3).state_dict())
            torch.testing.assert_close(model.positions((5, 7)), first)
            assert len({id(model.positions((n, 9))) for n in range(1, 40)}) > 16
            assert len(model._positions) == 16
            copy.deepcopy(model).positions((5, 7))
        assert set(model.state_dict()) == set(build().state_dict())

    def test_those_kept_follow_changes_that_leave_the_version(self):
        model = build()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
        x = image(1, 3, 80, 96)
        with torch.no_grad():
            before = model.positions((5, 6))
        model(x)[0].square().sum().backward()
        optimizer.step()
        with torch.no_grad():
            trained = model.positions((5, 6))
            model.absolute_pos_embed.data.copy_(build().absolute_pos_embed)  # averaged weights
            torch.testing.assert_close(model.positions((5, 6)), before)
        assert (trained - before).abs().max() > 0.05
        with torch.inference_mode():
            assert torch.equal(build().positions((5, 6)), before)

    def test_weights_for_another_size_are_resized(self):
        start = build(img_size=96).state_dict()
        start['absolute_pos_embed'] *= 2
        model = build()
        model.load_state_dict(start, strict=False)
        expected = resize_positions(start['absolute_pos_embed'], (6, 6), (4, 4))
        assert torch.equal(model.absolute_pos_embed, expected)

    def test_weights_of_another_shape_are_refused(self):
        with pytest.raises(CheckpointError, match=r'1 of another shape: patch_embed\.proj\.weight'):
            build(in_channels=1).load_state_dict(build().state_dict(), strict=False)
        start = build(img_size=(32, 96)).state_dict()
        with pytest.raises(CheckpointError, match='absolute_pos_embed'):
            build().load_state_dict(start, strict=False)

    def test_they_learn_at_any_size(self):
        model = build()
        with torch.no_grad():
            model(image(1, 3, 80, 96))
        model(image(1, 3, 80, 96))[0].square().sum().backward()
        assert model.absolute_pos_embed.grad.abs().min() > 0


class TestTraining:
    def test_checkpointing_changes_no_gradient(self):
        x = image(2, 3, 80, 64)
        results = []
        for with_cp in (False, True):
            model = build(
                with_cp=with_cp, drop_path_rate=0.4, window_size=3, rel_pos=True, **LEVELS
            ).train()
            torch.manual_seed(8)
            sum(level.sin().sum() for level in model(x)).backward()
            results.append({name: p.grad for name, p in model.named_parameters()})
        plain, saved = results
        assert plain.keys() == saved.keys()
        for name, gradient in plain.items():
            torch.testing.assert_close(saved[name], gradient, rtol=1e-6, atol=1e-6)

    def test_drop_path_is_for_training_only(self):
        x = image(4, 3, 64, 64)
        model = build(drop_path_rate=0.5)
        assert torch.equal(model(x)[0], build()(x)[0])
        model.train()
        assert not torch.equal(model(x)[0], model(x)[0])
        rates = [getattr(b.drop_path, 'drop_prob', 0) for b in model.blocks if hasattr(b, 'mlp')]
        assert rates == pytest.approx([0.5 * n / 6 for n in range(7)])

    @pytest.mark.parametrize(
        ('stages', 'still'), [(-1, 0), (0, 4), (1, 19), (2, 35), (3, 71)], ids=str
    )
    def test_frozen_stages(self, stages, still):
        model = build(frozen_stages=stages, drop_path_rate=0.1, **LEVELS).train()
        frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
        first_main = model.first_main
        ends = {0: 0, 1: 3, 2: 6, 3: first_main + 3}
        expected = [
            name
            for name, _ in model.named_parameters()
            if stages >= 0
            and (
                name.startswith('patch_embed')
                or (name.startswith('blocks.') and int(name.split('.')[1]) < ends[stages])
                or (name == 'absolute_pos_embed' and stages >= 2)
            )
        ]
        assert frozen == expected
        before = model.patch_embed.training, model.blocks[-1].training
        assert before == (stages < 0, stages < 3)
        loss = sum(level.sin().sum() for level in model(image(1, 3, 64, 64)))
        loss.backward()
        assert all((p.grad is None) != p.requires_grad for p in model.parameters())

    def test_all_frozen_stages_together_have_a_frozen_norm(self):
        for stages in (2, 3):
            model = build(frozen_stages=stages, concat_stages=True)
            trained = [name for name, p in model.named_parameters() if p.requires_grad]
            assert ('norm.weight' in trained) == (stages == 2)
        assert trained == []


def test_settings_that_do_not_fit():
    for settings, message in (
        (
            {'arch': 'huge'},
            r"arch='huge'; choose one of slim, tiny, small, base, or give a dict with ",
        ),
        ({'arch': {**SMALL, 'depths': (1, 2)}}, r'depths=\(1, 2\); it must be three'),
        ({'arch': {**SMALL, 'num_heads': 3}}, r'num_heads=3; it must be a divisor of embed_dims'),
        ({'img_size': 60}, r'img_size=60; it must be one or two multiples of patch_size=16'),
        ({'patch_size': 10}, r'patch_size=10; it must be a multiple of 4'),
        ({'out_indices': (2, 1)}, r'out_indices=\(2, 1\); it must be rising numbers from 0 to 3'),
        ({'out_indices': ()}, r'out_indices=\(\)'),
        ({'global_blocks': (3,)}, r'global_blocks=\(3,\); it must be numbers from 0 to 2'),
        ({'frozen_stages': 4}, r'frozen_stages=4'),
        ({'window_size': -3}, r'window_size=-3; it must be a number of tokens, or 0'),
        ({'drop_path_rate': 1.5}, r'drop_path_rate=1.5; it must be from 0 to below 1'),
        ({'arch': {**SMALL, 'num_heads': 0}}, r'num_heads=0; it must be a divisor'),
        (
            {'arch': {**SMALL, 'depths': (1, 2, 1)}, 'official_merge_indices': True},
            r'official_merge_indices=True; it must be False where',
        ),
    ):
        with pytest.raises(ConfigError, match=message):
            build(**settings)
