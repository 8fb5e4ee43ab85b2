"""The restorer: networks of mmagic, sizes, losses, tiles."""

import pytest
import torch
from mmagic.structures import DataSample
from mmengine.registry import MODELS, init_default_scope

from mmsar.errors import ConfigError, DataError
from mmsar.io import Tiling
from mmsar.models.losses import ForegroundLoss, SpectralLoss
from mmsar.models.restoration.tiling import restore_tiled, self_ensemble

SSNET = {
    'type': 'mmsar.SSNet', 'in_channels': 1, 'out_channels': 1, 'num_feats': 16, 'num_groups': 1,
    'num_blocks': 1, 'scale': 2,
}  # fmt: skip
EDSR = {'type': 'EDSRNet', 'in_channels': 1, 'out_channels': 1, 'mid_channels': 8, 'num_blocks': 1,
        'upscale_factor': 2, 'rgb_mean': [0.0], 'rgb_std': [1.0]}  # fmt: skip
SWINIR = {'type': 'SwinIRNet', 'upscale': 2, 'in_chans': 1, 'img_size': 16, 'window_size': 8,
          'depths': [2], 'embed_dim': 12, 'num_heads': [2], 'mlp_ratio': 2,
          'upsampler': 'pixelshuffledirect'}  # fmt: skip
SRCNN = {'type': 'SRCNNNet', 'channels': (1, 8, 4, 1), 'upscale_factor': 2}
NAFNET = {'type': 'NAFNet', 'img_channels': 1, 'mid_channels': 8, 'enc_blk_nums': [1],
          'middle_blk_num': 1, 'dec_blk_nums': [1]}  # fmt: skip
RESTORMER = {'type': 'Restormer', 'inp_channels': 1, 'out_channels': 1, 'dim': 8,
             'num_blocks': [1, 1, 1, 1], 'num_refinement_blocks': 1,
             'heads': [1, 1, 1, 1]}  # fmt: skip


def build(generator=SSNET, **settings):
    init_default_scope('mmagic')
    torch.manual_seed(0)
    settings = {'scale': 2, 'pixel_loss': {'type': 'L1Loss'}, **settings}
    return MODELS.build({'type': 'mmsar.RadarRestorer', 'generator': generator, **settings}).eval()


def batch(*sizes, scale=2):
    torch.manual_seed(1)
    samples = [DataSample(gt_img=torch.rand(1, scale * h, scale * w)) for h, w in sizes]
    return {'inputs': [torch.rand(1, h, w) for h, w in sizes], 'data_samples': samples}


@pytest.mark.parametrize(
    ('generator', 'settings'),
    [
        (SSNET, {}),
        (EDSR, {}),
        (SWINIR, {}),
        (SRCNN, {}),
        (NAFNET, {'enlarge_input': True}),
        (RESTORMER, {'enlarge_input': True,
                     'data_preprocessor': {'type': 'mmsar.RestorationPreprocessor',
                                           'pad_size_divisor': 8}}),
    ],
    ids=lambda value: value.get('type', ''),
)  # fmt: skip
def test_networks_under_the_same_pipeline(generator, settings):
    model = build(generator, **settings)
    losses = model.forward(**model.data_preprocessor(batch((16, 16), (16, 16)), True), mode='loss')
    assert losses['loss_l1'].isfinite()
    losses['loss_l1'].backward()
    assert all(p.grad is not None for p in model.generator.parameters())
    # Different odd sizes in one batch, values beyond 0 to 255 and 8 bits
    results = model.test_step(batch((13, 22), (15, 9)))
    shapes = [tuple(sample.output.pred_img.shape) for sample in results]
    assert shapes == [(1, 26, 44), (1, 30, 18)]
    assert results[1].input.shape == (1, 15, 9)
    assert results[0].output.pred_img.dtype == torch.float32


def test_images_are_not_changed_by_others_in_a_batch():
    model = build(data_preprocessor={'type': 'mmsar.RestorationPreprocessor',
                                     'pad_size_divisor': 8})  # fmt: skip
    torch.nn.init.normal_(model.generator.groups[0].blocks[0].block_top.beta)
    data = batch((13, 20), (24, 30))
    for number, sample in enumerate(model.test_step(data)):
        alone = {key: value[number : number + 1] for key, value in data.items()}
        expected = model.test_step(alone)[0].output.pred_img
        torch.testing.assert_close(sample.output.pred_img, expected)
    data = batch((16, 24))
    assert torch.equal(
        model.test_step(data)[0].output.pred_img, model(torch.stack(data['inputs']))[0]
    )
    wide = build(value_range=(0.4, 0.5)).test_step(batch((16, 20)))[0].output.pred_img
    assert (float(wide.min()), float(wide.max())) == pytest.approx((0.4, 0.5))


def test_losses_are_added_by_name():
    losses = [{'type': 'L1Loss'}, {'type': 'CharbonnierLoss', 'loss_weight': 0.5},
              {'type': 'mmsar.ForegroundLoss'}, {'type': 'mmsar.SpectralLoss'},
              {'type': 'L1Loss', 'loss_weight': 2.0}]  # fmt: skip
    model = build(pixel_loss=losses)
    found = model.forward(**model.data_preprocessor(batch((16, 16)), True), mode='loss')
    assert list(found) == [
        'loss_l1', 'loss_charbonnier', 'loss_foreground', 'loss_spectral', 'loss_l1_2',
    ]  # fmt: skip
    found = {name: value.detach() for name, value in found.items()}
    assert float(found['loss_l1_2']) == pytest.approx(2 * float(found['loss_l1']))
    assert float(found['loss_charbonnier']) == pytest.approx(float(found['loss_l1']) / 2, rel=1e-3)


def test_foreground_and_spectral_loss():
    truth = torch.zeros(1, 1, 8, 8)
    truth[..., 2, 3] = 1.0
    pred = torch.zeros_like(truth)
    pred[..., 6, 6] = 0.5  # in the background
    expected = (1 * 5 + 0.5) / (64 + 4)
    assert float(ForegroundLoss(weight=4.0)(pred, truth)) == pytest.approx(expected)
    squares = (pred - truth).square()
    weights = 1 + 4.0 * (truth > 0)
    expected = float((squares * weights).sum() / weights.sum())
    assert float(ForegroundLoss(weight=4.0, power=2)(pred, truth)) == pytest.approx(expected)
    with pytest.raises(ConfigError, match='power=3; choose 1 or 2'):
        ForegroundLoss(power=3)
    # A shift by a pixel costs the same anywhere; the spectrum of a point is flat.
    spectral = SpectralLoss()
    assert float(spectral(truth, truth)) == 0
    point = float(spectral(torch.zeros_like(truth), truth))
    assert point == pytest.approx(
        float(spectral(torch.zeros_like(truth), truth.roll(1, -1))), rel=0.2
    )
    with pytest.raises(ConfigError, match='loss_weight=-1'):
        SpectralLoss(loss_weight=-1)


class TestTiles:
    def test_places(self):
        assert Tiling(16, 4).starts(10) == [0]
        assert Tiling(16, 4).starts(40) == [0, 12, 24]
        assert Tiling(16, 4).starts(41) == [0, 12, 24, 25]

    @pytest.mark.parametrize('size', [(40, 41), (16, 100), (9, 9)])
    @pytest.mark.parametrize('overlap', [0, 1, 5, 8])
    def test_what_does_not_look_around_is_exact(self, size, overlap):
        x = torch.rand(2, 1, *size, generator=torch.Generator().manual_seed(0))
        seen = []

        def enlarge(part):
            seen.append(part.shape)
            return part.repeat_interleave(3, 2).repeat_interleave(3, 3)

        found = restore_tiled(x, enlarge, 3, Tiling(16, overlap))
        torch.testing.assert_close(found, enlarge(x))
        assert max(max(shape[2:]) for shape in seen[:-1]) <= 16

    def test_a_filter_within_the_margin_leaves_no_seam(self):
        # Tiles end in zeros; a quarter of the overlap is more than the filter reaches.
        x = torch.rand(1, 1, 70, 50, generator=torch.Generator().manual_seed(0))
        kernel = torch.rand(1, 1, 5, 5, generator=torch.Generator().manual_seed(1))

        def smooth(part):
            return torch.nn.functional.conv2d(part, kernel, padding=2)

        found = restore_tiled(x, smooth, 1, Tiling(32, 8))
        torch.testing.assert_close(found, smooth(x))

    def test_the_model_by_tiles(self):
        model = build(test_cfg={'tile': 24, 'overlap': 12})
        x = torch.rand(1, 1, 40, 60)
        whole, tiled = model.restore_tile(x), model.restore(x)
        assert tiled.shape == (1, 1, 80, 120)
        assert not torch.equal(whole, tiled)
        assert float((whole - tiled).abs().mean()) < 0.02 * float(whole.std())

    def test_the_ensemble_does_not_prefer_a_direction(self):
        generator = torch.nn.Conv2d(1, 1, 3, padding=1)
        x = torch.rand(1, 1, 12, 12)
        found = self_ensemble(x, generator)
        torch.testing.assert_close(self_ensemble(x.flip(2), generator), found.flip(2))
        torch.testing.assert_close(self_ensemble(x.mT, generator), found.mT)
        model = build(test_cfg={'ensemble': True})
        assert not torch.equal(model.restore(x), model(x))


def test_what_does_not_fit():
    for settings, message in (
        ({'scale': 4}, r'scale=4, but model\.generator\.scale=2'),
        ({'pixel_loss': []}, 'pixel_loss is empty'),
        ({'test_cfg': {'tiles': 3}}, "test_cfg has no 'tiles'"),
        ({'test_cfg': {'tile': 8, 'overlap': 5}}, 'overlap must be from 0 to half'),
    ):
        with pytest.raises(ConfigError, match=message):
            build(**settings)
    model = build(EDSR, scale=3)
    with pytest.raises(ConfigError, match=r'EDSRNet makes \(32, 32\) of images of 16 x 16'):
        model(torch.rand(1, 1, 16, 16))
    model = build()
    with pytest.raises(DataError, match='images of different shapes'):
        model.data_preprocessor(batch((16, 16), (16, 20)), True)
    data = model.data_preprocessor(
        {'inputs': [torch.rand(1, 8, 8)], 'data_samples': [DataSample()]}
    )
    with pytest.raises(DataError, match='the samples have no truth'):
        model.forward(**data, mode='loss')
