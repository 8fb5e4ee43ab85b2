"""The published settings of SARATR-X, and its pipeline."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, default_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import MODELS, init_default_scope
from PIL import Image
from toy_bridge import ROOT

from mmsar.apis import load_config
from mmsar.randomness import seed_host

CONFIGS = ROOT / 'configs' / 'saratrx'
PRETRAINING = CONFIGS / 'saratrx_hivit-base_8xb100-coslr-800e_sar186k.py'
DETECTION = CONFIGS / 'faster-rcnn_saratrx-base_fpn_8xb2-36e_sardet100k.py'


def test_the_schedule_of_pretraining():
    config = load_config(PRETRAINING)
    optimizer = config.optim_wrapper.optimizer
    assert optimizer.lr == pytest.approx(4.69e-4, rel=1e-3)
    assert (optimizer.betas, optimizer.weight_decay) == ((0.9, 0.95), 0.05)
    warm_up, cosine = config.param_scheduler
    assert (config.train_cfg.max_epochs, warm_up.end, cosine.T_max) == (800, 5, 795)
    loader = config.train_dataloader
    assert (loader.batch_size, loader.batch_sampler.global_batch) == (800, True)
    with torch.device('meta'):
        model = MODELS.build(config.model.backbone)
    wrapper = build_optim_wrapper(model, {**config.optim_wrapper})
    decays = {id(p): g['weight_decay'] for g in wrapper.param_groups for p in g['params']}
    for name, parameter in model.named_parameters():
        assert decays[id(parameter)] == (0 if parameter.ndim == 1 else 0.05), name


def test_the_number_of_processes_changes_no_batch():
    for path in [*CONFIGS.glob('saratrx_hivit-*'), *CONFIGS.glob('faster-rcnn_saratrx-base*')]:
        assert load_config(path).train_dataloader.batch_sampler.global_batch, path.name


def test_the_schedule_of_detection():
    config = load_config(DETECTION)
    optimizer = config.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.betas, optimizer.weight_decay) == (5e-4, (0.9, 0.999), 0.05)
    assert config.param_scheduler[1].milestones == [27, 33]
    assert config.train_cfg.max_epochs == 36
    assert config.train_dataloader.batch_size == 16
    assert not config.model.backbone.official_merge_indices
    assert not config.model.backbone.official_input_range
    assert config.model.data_preprocessor.std == [255.0] * 3


@pytest.mark.parametrize('path', sorted(CONFIGS.glob('faster-rcnn_*')), ids=lambda path: path.stem)
def test_rates_of_detectors(path):
    """Blocks differ by a factor of .9, what follows the backbone has the whole rate."""
    config = load_config(path)
    init_default_scope(config.default_scope)
    with torch.device('meta'):
        model = MODELS.build(config.model)
    wrapper = build_optim_wrapper(model, {**config.optim_wrapper})
    groups = {id(p): group for group in wrapper.param_groups for p in group['params']}
    rate, decay = (config.optim_wrapper.optimizer[key] for key in ('lr', 'weight_decay'))
    last = len(model.backbone.blocks) - model.backbone.first_main
    for name, parameter in model.named_parameters():
        steps = 0
        if name.startswith('backbone.blocks.'):
            steps = last - max(int(name.split('.')[2]) - model.backbone.first_main, -1)
        elif name.startswith('backbone.') and 'out_norms' not in name:
            steps = last + 1
        group = groups[id(parameter)]
        assert group['lr'] == pytest.approx(rate * 0.9**steps), name
        flat = parameter.ndim == 1 or name == 'backbone.absolute_pos_embed'
        assert group['weight_decay'] == (0 if flat else decay), name


def test_positions_decay_where_asked():
    config = load_config(DETECTION)
    config.optim_wrapper.paramwise_cfg.custom_keys = {}
    with torch.device('meta'):
        backbone = MODELS.build(config.model.backbone)
    model = torch.nn.ModuleDict({'backbone': backbone})
    wrapper = build_optim_wrapper(model, {**config.optim_wrapper})
    (group,) = (
        group
        for group in wrapper.param_groups
        if any(p is backbone.absolute_pos_embed for p in group['params'])
    )
    assert group['weight_decay'] == 0.05


def test_images_of_detectors_are_of_published_sizes():
    for path in sorted(CONFIGS.glob('faster-rcnn_saratrx-base*')):
        config = load_config(path)
        init_default_scope(config.default_scope)
        pipeline = config.train_dataloader.dataset.dataset.pipeline
        resize = Compose(pipeline[3:4])
        sizes = set()
        for seed in range(20):
            seed_host(seed)
            image = np.zeros((512, 700, 3), np.uint8)
            sizes.add(min(resize({'img': image, 'img_shape': (512, 700)})['img'].shape[:2]))
        assert len(sizes) > 5
        assert sizes <= set(range(400, 801))
        assert 800 in sizes or max(sizes) >= 700
        assert config.test_dataloader.dataset.pipeline[2].scale == (1333, 800)


def test_a_chip_through_the_pipeline(tmp_path):
    pixels = np.random.default_rng(0).gamma(1, 60, (128, 90)).clip(0, 255).astype('uint8')
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    config = load_config(PRETRAINING)
    init_default_scope(config.default_scope)
    pipeline = Compose(config.train_pipeline)
    packed = []
    for seed in (3, 3, 4):
        seed_host(seed)
        packed.append(pipeline({'img_path': str(tmp_path / 'a.png')}))
    images = [sample['inputs'] for sample in packed]
    assert images[0].shape == (1, 224, 224)
    assert torch.equal(images[0], images[1])
    assert not torch.equal(images[0], images[2])
    preprocessor = MODELS.build({**config.model.data_preprocessor})
    batch = preprocessor(default_collate(packed))['inputs']
    assert batch.shape == (3, 1, 224, 224)
    # Gradient features need values that are not negative: a bicubic filter alone gives some.
    assert (batch.min() >= 0, batch.max() <= 1, batch.max() > 0.5) == (True, True, True)
