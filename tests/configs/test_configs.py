"""Every config can be read, every model and every component it names can be built."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import (
    DATASETS,
    HOOKS,
    LOOPS,
    METRICS,
    MODELS,
    VISUALIZERS,
    init_default_scope,
)

from mmsar.apis import load_config

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
# Others have tests of their own: test_migration_configs.py (nothing is trained) and
# test_generation_configs.py (of weights that are not there).
ALL = sorted(
    path
    for path in CONFIGS.glob('[!_]*/*.py')
    if not path.stem.startswith(
        ('attention-distillation', 'histogram-matching', 'respeckle', 'autoencoder-mini', 'sd3')
    )
)


def test_there_are_configs():
    assert len(ALL) >= 6


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_config_builds(path, small_stable_diffusion):
    config = load_config(path)
    init_default_scope(config.default_scope)
    if str(config.model.get('pretrained', '')).startswith('checkpoints/'):
        config.model.pretrained = str(small_stable_diffusion)
    MODELS.build(config.model)
    for hook in (*config.default_hooks.values(), *config.get('custom_hooks', [])):
        HOOKS.build(hook)
    # Pre-training has nothing to evaluate.
    for evaluator in (config.get('val_evaluator', []), config.get('test_evaluator', [])):
        # Empty of a migration, which is tested with nothing.
        for metric in evaluator if isinstance(evaluator, list) else filter(None, [evaluator]):
            METRICS.build(metric)
    VISUALIZERS.build({**config.visualizer, 'vis_backends': []})
    assert LOOPS.get(config.train_cfg.type) is not None
    # What mmengine writes into the work folder reads back the same.
    again = Config.fromstring(config.pretty_text, '.py')
    assert again.model == config.model


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_config_is_repeatable_and_kill_safe(path):
    config = load_config(path)
    assert config.train_dataloader.sampler.type == 'mmsar.SeededSampler'
    assert config.train_dataloader.batch_sampler.type == 'mmsar.ResumableBatchSampler'
    assert config.train_dataloader.dataset.type == 'mmsar.SeededDataset'
    assert config.default_hooks.seed.type == 'mmsar.SeedHook'
    assert config.default_hooks.checkpoint.type == 'mmsar.AtomicCheckpointHook'
    assert config.randomness.seed is not None
    assert 'mmsar' in config.custom_imports.imports


@pytest.mark.parametrize('path', [p for p in ALL if p.parent.name == 'ssnet'], ids=lambda p: p.stem)
def test_scales_agree(path):
    config = load_config(path)
    scale = int(path.stem.split('_x')[1][0])
    generator = config.model.generator
    own = next(generator[key] for key in ('scale', 'upscale', 'upscale_factor') if key in generator)
    found = [config.train_dataloader.dataset.dataset.scale, config.val_dataloader.dataset.scale]
    found += [config.test_dataloader.dataset.scale, config.model.scale, own]
    assert found == [scale] * 5


def test_slim_model_is_slim():
    config = load_config(CONFIGS / 'quickstart' / 'faster-rcnn_r18-slim_fpn_ports.py')
    init_default_scope('mmdet')
    model = MODELS.build(config.model)
    assert sum(p.numel() for p in model.parameters()) < 13e6
    kinds = {type(module).__name__ for module in model.modules()}
    assert 'GroupNorm' in kinds
    assert 'BatchNorm2d' not in kinds


def test_backgrounds_of_the_scenes_are_split_as_documented():
    config = load_config(CONFIGS / 'faster_rcnn' / 'faster-rcnn_r18-slim_fpn_mstar-scene.py')
    train = config.train_dataloader.dataset.dataset.indices
    val = config.val_dataloader.dataset.indices
    assert sorted([*train, *val]) == list(range(48))
    assert list(val) == list(range(0, 48, 4))
    assert config.test_dataloader.dataset.indices == val


@pytest.mark.parametrize(
    ('name', 'folder', 'sizes', 'longest'),
    [
        ('mstar-scene', 'mstar_scene_det', (36, 12), 352),
        ('hrsid-tiles', 'ship_hrsid_tiles', (48, 48), 320),
    ],
)
def test_real_data_load(shared, name, folder, sizes, longest):
    path = CONFIGS / 'faster_rcnn' / f'faster-rcnn_r18-slim_fpn_{name}.py'
    config = load_config(path, {'data_root': str(shared / 'data' / folder)})
    init_default_scope('mmdet')
    train = DATASETS.build(config.train_dataloader.dataset)
    val = DATASETS.build(config.val_dataloader.dataset)
    assert (len(train), len(val)) == sizes
    item = train[0]
    assert max(item['inputs'].shape[1:]) == longest
    assert len(item['data_samples'].gt_instances) == len(train.get_data_info(0)['instances'])
    assert len(val.metainfo['classes']) == config.model.roi_head.bbox_head.num_classes == 1
