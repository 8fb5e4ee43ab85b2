"""Pictures of masked pre-training."""

import numpy as np
import pytest
import torch
from PIL import Image
from toy_runs import equal, run

from mmsar.engine.hooks import ReconstructionHook
from mmsar.errors import ConfigError
from mmsar.models.selfsup.masking import masks_of
from mmsar.models.selfsup.units import from_units, to_units
from mmsar.registry import MODELS
from mmsar.visualization.reconstruction import Reconstruction, draw_reconstructions

MODEL = {
    'type': 'mmsar.SARATRX',
    'data_preprocessor': {'mean': [0.0], 'std': [255.0]},
    'backbone': {
        'type': 'mmsar.HiViT',
        'arch': {'embed_dims': 16, 'depths': (1, 1, 1), 'num_heads': 2},
        'img_size': (32, 64),
        'concat_stages': True,
    },
    'neck': {
        'type': 'mmsar.HiViTMAEDecoder',
        'in_dims': 112,
        'out_dims': 512,
        'grid': (2, 4),
        'embed_dims': 8,
        'depth': 1,
        'num_heads': 2,
    },
    'target_generator': {'type': 'mmsar.GradientFeatures', 'radii': (2, 5)},
    'norm_pix_loss': True,
}


def test_training_is_the_same_with_pictures(tmp_path):
    """They come at their epochs and at the end, of the same images behind the same masks."""
    hook = {'type': 'mmsar.ReconstructionHook', 'interval': 2, 'images': 3}
    without = run('toy_saratrx', tmp_path / 'without')
    drawn = run(
        'toy_saratrx',
        tmp_path / 'with',
        custom_hooks=[{'type': 'DumpStateHook'}, hook],
        visualizer={
            'type': 'Visualizer',
            'name': 'v',
            'vis_backends': [{'type': 'LocalVisBackend'}],
        },
    )
    assert equal(without, drawn)
    files = sorted(tmp_path.glob('with/*/vis_data/vis_image/*.png'))
    assert [file.name for file in files] == [f'reconstruction_{n}.png' for n in (2, 4, 5)]
    pictures = [np.asarray(Image.open(file)) for file in files]
    width = pictures[0].shape[1]  # image, visible, true, predicted
    title = 45
    left, right = slice(0, 3 * width // 4), slice(3 * width // 4, None)
    for other in pictures[1:]:
        assert np.array_equal(pictures[0][title:, left], other[title:, left])
        assert not np.array_equal(pictures[0][title:, right], other[title:, right])


def test_pictures_in_a_loop_by_iteration(tmp_path):
    run(
        'toy_saratrx',
        tmp_path,
        train_cfg={'_delete_': True, 'type': 'mmsar.IterTrainLoop', 'max_iters': 5},
        train_dataloader={'sampler': {'infinite': True}},
        custom_hooks=[
            {'type': 'DumpStateHook'},
            {'type': 'mmsar.ReconstructionHook', 'interval': 2, 'images': 1},
        ],
        visualizer={
            'type': 'Visualizer',
            'name': 'v',
            'vis_backends': [{'type': 'LocalVisBackend'}],
        },
    )
    files = sorted(tmp_path.glob('*/vis_data/vis_image/*.png'))
    assert [file.name for file in files] == [f'reconstruction_{n}.png' for n in (2, 4, 5)]


@pytest.mark.parametrize('norm_pix_loss', [False, True])
def test_a_perfect_prediction_gives_the_true_maps(monkeypatch, norm_pix_loss):
    model = MODELS.build({**MODEL, 'norm_pix_loss': norm_pix_loss}).eval()
    inputs = torch.rand((2, 1, 32, 64), generator=torch.Generator().manual_seed(0))
    masks = masks_of(torch.rand(2, 8), 0.75, torch.device('cpu'))
    monkeypatch.setattr(model.neck, 'forward', lambda latent, restore: model.target(inputs))
    predicted, true = model.predicted_maps(inputs, masks)
    assert true.shape == (2, 2, 32, 64)
    assert torch.equal(true, model.target_generator(inputs))
    torch.testing.assert_close(predicted, true)
    assert torch.equal(from_units(to_units(true, 16), 16, (2, 4)), true)


def test_hidden_pixels_are_grey_and_predictions_stand_where_they_are():
    image = np.zeros((40, 40), np.float32)
    image[:20] = 1
    hidden = np.zeros((40, 40), bool)
    hidden[:, 20:] = True
    maps = np.stack([image[::2, ::2]] * 5)
    part = Reconstruction(image, hidden, maps, maps)
    picture = draw_reconstructions([part], [str(n) for n in range(5)], 'epoch 1')
    height, width, channels = picture.shape
    assert channels == 3
    assert width == 100 * 1.5 * (2 + 2 * 3)
    grey = (picture == [208, 208, 208]).all(-1)
    by_column = grey.reshape(height, 8, -1).sum((0, 2))
    # 'visible' lacks its right half, predictions the left one.
    assert (by_column > 500).tolist() == [False, True, False, True, False, True, False, True]
    inside = [np.flatnonzero(grey.reshape(height, 8, -1)[:, n].any(0)) for n in (1, 3)]
    assert inside[0].max() > inside[1].max()
    assert inside[0].min() > inside[1].min()


def test_what_does_not_fit_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r'interval=0, images=4; give at least 1'):
        ReconstructionHook(interval=0)
    with pytest.raises(ConfigError, match=r'draws mmsar\.SARATRX, not \w+; take it out'):
        run('toy_epoch', tmp_path, custom_hooks=[{'type': 'mmsar.ReconstructionHook'}])


@pytest.mark.parametrize('std', [1.0, 255.0**2])
def test_images_far_off_0_to_1_are_refused(tmp_path, std):
    """As with StretchSAR(out=(0, 1)) and std=255: the constant in the ratio would outweigh them."""
    with pytest.raises(ConfigError, match=r'needs images in 0 to 1, and gets .*std=\[1\]'):
        run(
            'toy_saratrx',
            tmp_path,
            model={'data_preprocessor': {'std': [std]}},
            custom_hooks=[{'type': 'mmsar.ReconstructionHook'}],
        )
