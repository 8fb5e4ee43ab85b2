"""Masked pre-training, in small."""

import pytest
import torch

from mmsar import randomness
from mmsar.errors import ConfigError, DataError
from mmsar.models.selfsup import HiViTMAEDecoder
from mmsar.models.selfsup.masking import draw_masks
from mmsar.registry import MODELS

CPU = torch.device('cpu')


def config(**settings):
    return {
        'type': 'mmsar.SARATRX',
        'data_preprocessor': {'mean': [0.0], 'std': [255.0]},
        'backbone': {
            'type': 'mmsar.HiViT',
            'arch': {'embed_dims': 16, 'depths': (1, 1, 1), 'num_heads': 2},
            'img_size': 64,
            'concat_stages': True,
        },
        'neck': {
            'type': 'mmsar.HiViTMAEDecoder',
            'in_dims': 112,
            'out_dims': 512,
            'grid': (4, 4),
            'embed_dims': 8,
            'depth': 1,
            'num_heads': 2,
        },
        'target_generator': {'type': 'mmsar.GradientFeatures', 'radii': (2, 5)},
        **settings,
    }


def build(seed=0, **settings):
    torch.manual_seed(seed)
    return MODELS.build(config(**settings))


def images(count=2, channels=1, side=64, seed=1):
    return torch.rand((count, channels, side, side), generator=torch.Generator().manual_seed(seed))


class TestMasks:
    def test_the_smallest_stay_visible(self, monkeypatch):
        noise = torch.tensor([[0.5, 0.1, 0.9, 0.3], [0.2, 0.8, 0.4, 0.6]])
        monkeypatch.setattr(torch, 'rand', lambda n, units: noise[:n, :units])
        masks = draw_masks(2, 4, 0.5, CPU)
        assert masks.keep.tolist() == [[1, 3], [0, 2]]
        assert masks.mask.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]]
        assert masks.restore.tolist() == [[2, 0, 3, 1], [0, 3, 1, 2]]

    def test_they_follow_the_iteration_and_not_the_processes(self, monkeypatch):
        randomness.begin_iteration(3, 10)
        first = draw_masks(4, 196, 0.75, CPU).mask
        assert first.sum(1).tolist() == [147] * 4
        randomness.begin_iteration(3, 10)
        assert torch.equal(draw_masks(4, 196, 0.75, CPU).mask, first)
        monkeypatch.setattr(randomness, 'get_world_size', lambda: 2)
        for rank in range(2):
            monkeypatch.setattr(randomness, 'get_rank', lambda rank=rank: rank)
            randomness.begin_iteration(3, 10)
            assert torch.equal(draw_masks(2, 196, 0.75, CPU).mask, first[rank::2])
        randomness.begin_iteration(3, 11)
        assert not torch.equal(draw_masks(2, 196, 0.75, CPU).mask, first[:2])
        # In evaluation mode the global generator draws.
        torch.manual_seed(4)
        first = draw_masks(2, 196, 0.75, CPU, training=False).mask
        randomness.end_iterations()
        torch.manual_seed(4)
        assert torch.equal(draw_masks(2, 196, 0.75, CPU).mask, first)

    def test_without_a_run_each_draw_is_another(self):
        torch.manual_seed(4)
        first, second = (draw_masks(2, 196, 0.75, CPU).mask for _ in range(2))
        assert not torch.equal(first, second)
        torch.manual_seed(4)
        assert torch.equal(draw_masks(2, 196, 0.75, CPU).mask, first)


class TestDecoder:
    def test_visible_units_land_on_their_places(self):
        """With a block that adds nothing, a place's prediction is that of its own unit."""
        torch.manual_seed(0)
        decoder = HiViTMAEDecoder(5, 3, (4, 4), embed_dims=8, depth=1, num_heads=2)
        for layer in (decoder.decoder_blocks[0].attn.proj, decoder.decoder_blocks[0].mlp.fc2):
            torch.nn.init.zeros_(layer.weight)
        latent = torch.randn(2, 4, 5)
        keep = torch.tensor([[9, 2, 15, 0], [1, 2, 3, 8]])
        others = [[n for n in range(16) if n not in row] for row in keep.tolist()]
        restore = torch.cat([keep, torch.tensor(others)], dim=1).argsort(1)
        pred = decoder(latent, restore)
        for image in range(2):
            for place in range(16):
                token = decoder.mask_token[0, 0]
                if place in keep[image]:
                    token = decoder.decoder_embed(latent[image, keep[image].tolist().index(place)])
                token = token + decoder.decoder_pos_embed[0, place]
                expected = decoder.decoder_pred(decoder.decoder_norm(token))
                torch.testing.assert_close(pred[image, place], expected)

    def test_another_grid_is_refused(self):
        with pytest.raises(DataError, match=r'images of 36 units, but its grid has 16; crop'):
            build()(images(side=96))

    def test_without_blocks_it_is_refused(self):
        with pytest.raises(ConfigError, match=r'depth=0; it must be at least 1'):
            HiViTMAEDecoder(5, 3, (4, 4), depth=0)


class TestModel:
    @pytest.mark.parametrize('norm', [False, True])
    def test_hidden_units_alone_count(self, norm):
        """The loss, which computes nothing else at the end, has the gradient of all of it."""
        model = build(norm_pix_loss=norm)
        torch.manual_seed(5)
        parts = model(images())
        assert parts['latent'].shape == (2, 4, 112)
        assert parts['mask'].sum(1).tolist() == [12, 12]
        expected = (parts['pred'] - parts['target'])[parts['mask'].bool()].square().mean()
        expected.backward()
        gradients = {name: p.grad.clone() for name, p in model.named_parameters()}
        model.zero_grad()
        torch.manual_seed(5)
        loss = model(images(), mode='loss')['loss']
        loss.backward()
        torch.testing.assert_close(loss, expected)
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-4, atol=1e-7)

    @pytest.mark.parametrize('channels', [1, 3])
    def test_target_is_scale_after_scale_channel_after_channel(self, channels):
        x = images(channels=channels)
        model = build()
        unit = model.target(x)[1, 4 * 2 + 3].view(2 * channels, 16, 16)
        maps = model.target_generator(x)
        assert torch.equal(unit, maps[1, :, 32:48, 48:64])
        model.norm_pix_loss = True
        plain, normed = unit.flatten(), model.target(x)[1, 4 * 2 + 3]
        expected = (plain - plain.mean()) / (plain.var() + 1e-6).sqrt()
        torch.testing.assert_close(normed, expected)

    def test_every_weight_learns_and_the_loss_falls(self):
        model = build().train()
        torch.manual_seed(0)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        losses = []
        for _ in range(10):
            loss = model(images(8), mode='loss')['loss']
            optimizer.zero_grad()
            loss.backward()
            if not losses:
                assert all(p.grad.abs().max() > 0 for p in model.parameters())
            optimizer.step()
            losses.append(loss.item())
        assert sum(losses[-3:]) < 0.6 * sum(losses[:3])

    @pytest.mark.parametrize(
        ('target', 'width'),
        [('mmsar.PixelTarget', 256), ('mmsar.HOGTarget', 36)],
    )
    def test_other_targets(self, target, width):
        model = build(target_generator={'type': target})
        with pytest.raises(ConfigError, match=rf'has {width} values .*neck\.out_dims={width}'):
            model(images(), mode='loss')
        neck = {**config()['neck'], 'out_dims': width}
        model = build(target_generator={'type': target}, neck=neck)
        assert model(images(), mode='loss')['loss'].isfinite()

    def test_in_bfloat16_the_target_stays_exact(self):
        model = build()
        with torch.autocast('cpu', torch.bfloat16):
            torch.manual_seed(2)
            parts = model(images())
        assert parts['pred'].dtype == torch.bfloat16
        assert torch.equal(parts['target'], model.target(images()))

    def test_a_batch_goes_through_the_preprocessor(self):
        model = build().train()
        batch = {'inputs': (images(4) * 255).byte(), 'data_samples': [None] * 4}
        data = model.data_preprocessor(batch, True)
        assert data['inputs'].max() <= 1
        assert model(**data, mode='loss')['loss'].isfinite()

    def test_some_units_are_visible(self):
        with pytest.raises(ConfigError, match='leaves none of 16 units visible; choose a lower'):
            build(mask_ratio=0.99)(images())

    def test_settings_and_images_that_do_not_fit(self):
        with pytest.raises(ConfigError, match=r'mask_ratio=1; it must be between 0 and 1'):
            build(mask_ratio=1)
        with pytest.raises(ConfigError, match=r"mode='predict'; it must be 'loss' or 'tensor'"):
            build()(images(), mode='predict')
        with pytest.raises(DataError, match=r'64 x 60 pixels, which are no whole units of 16'):
            build()(torch.rand(1, 1, 64, 60))
