"""The configs of the bridge network paper hold its settings (sections 4.1 and 4.2.2)."""

from itertools import chain
from pathlib import Path

import pytest
from mmengine.config import ConfigDict
from mmengine.hub import get_config
from mmengine.runner.checkpoint import get_torchvision_models
from toy import ToyDataset

from mmsar.apis import load_config
from mmsar.datasets import SeededDataset
from mmsar.datasets.samplers import ResumableBatchSampler, SeededSampler, resumable_batch, seeded

CONFIGS = Path(__file__).parent.parent.parent / 'configs'
SETS = ('ssdd', 'hrsid', 'airsarship1', 'airsarship2')
FASTER = [CONFIGS / f'faster_rcnn/faster-rcnn_r50_fpn_1xb8-14e_{name}.py' for name in SETS]
YOLO = [CONFIGS / f'yolov3/yolov3_d53_1xb12-ms-416-240e_{name}.py' for name in SETS]
SIZES = {
    'ssdd': (1000, 600),
    'hrsid': (800, 800),
    'airsarship1': (512, 512),
    'airsarship2': (512, 512),
}
both = pytest.mark.parametrize('path', FASTER + YOLO, ids=lambda path: path.stem)


def entries(pipeline, *names):
    """Return the named steps of a pipeline."""
    return [step for step in map(ConfigDict, pipeline) if step.type in names]


@both
def test_schedule(path):
    config = load_config(path)
    faster = path in FASTER
    assert config.train_cfg.max_epochs == (14 if faster else 240)
    optimizer = config.optim_wrapper.optimizer
    assert optimizer.type == 'SGD'
    assert optimizer.lr == (0.02 if faster else 0.001)
    assert optimizer.momentum == 0.9
    assert optimizer.weight_decay == (1e-4 if faster else 5e-4)
    warm_up, steps = config.param_scheduler
    assert (warm_up.type, warm_up.by_epoch, warm_up.begin, warm_up.end) == (
        'LinearLR',
        False,
        0,
        500,
    )
    assert steps.type == 'MultiStepLR'
    assert steps.milestones == ([8, 12] if faster else [160, 200])
    assert (steps.gamma, steps.by_epoch) == (0.1, True)
    assert config.auto_scale_lr.enable is False
    assert config.auto_scale_lr.base_batch_size == (8 if faster else 12)


@both
def test_images(path):
    config = load_config(path)
    train = config.train_dataloader.dataset.dataset.pipeline
    tests = [config.val_dataloader.dataset.pipeline, config.test_dataloader.dataset.pipeline]
    if path in FASTER:
        size = SIZES[path.stem.rsplit('_', 1)[-1]]
        assert [step.scale for step in entries(train, 'Resize')] == [size]
        assert [step.prob for step in entries(train, 'RandomFlip')] == [0.5]
    else:
        size = (416, 416)
        (step,) = entries(train, 'RandomResize')
        assert (step.scale, step.keep_ratio) == ([(320, 320), (416, 416)], True)
        # Loading, scaling, packing: no other augmentation.
        others = {step['type'] for step in train} - {'RandomResize'}
        assert others == {
            'mmsar.LoadSARImage',
            'mmsar.StretchSAR',
            'LoadAnnotations',
            'PackDetInputs',
        }
    for pipeline in tests:
        assert [step.scale for step in entries(pipeline, 'Resize')] == [size]


@both
def test_thresholds(path):
    config = load_config(path)
    cfg = config.model.train_cfg
    assigner = cfg.rcnn.assigner if path in FASTER else cfg.assigner
    assert assigner.pos_iou_thr == 0.5
    if path in FASTER:
        assert (cfg.rpn.assigner.pos_iou_thr, cfg.rpn.assigner.neg_iou_thr) == (0.7, 0.3)
    head = config.model.roi_head.bbox_head if path in FASTER else config.model.bbox_head
    assert head.num_classes == 1


@both
@pytest.mark.parametrize('world', [1, 2, 8])
def test_learning_rate_and_global_batch_with_any_number_of_processes(monkeypatch, path, world):
    config = load_config(path)
    loader = config.train_dataloader
    sampler = {key: value for key, value in loader.batch_sampler.items() if key != 'type'}
    dataset = SeededDataset(ToyDataset())
    monkeypatch.setattr(SeededDataset, '__len__', lambda self: 96)
    sizes = []
    for rank in range(world):
        for module in (seeded, resumable_batch):
            monkeypatch.setattr(module, 'get_dist_info', lambda rank=rank: (rank, world))
        order = SeededSampler(dataset, seed=0)
        batches = ResumableBatchSampler(order, loader.batch_size, **sampler)
        sizes.append([len(batch) for batch in batches])
    lr = config.optim_wrapper.optimizer.lr
    expected = 0.02 * 8 if path in FASTER else 0.001 * 12
    assert {lr * sum(step) for step in zip(*sizes, strict=True)} == {expected}
    assert min(chain(*sizes)) >= 1


@both
def test_no_weights_from_the_openmmlab_host(path):
    text = load_config(path).pretty_text
    assert 'open-mmlab://' not in text
    assert 'download.openmmlab.com' not in text


def test_no_config_depends_on_the_openmmlab_host():
    for path in CONFIGS.glob('[!_]*/*.py'):
        text = load_config(path).pretty_text
        assert 'open-mmlab://' not in text, path
        assert 'openmmlab.com' not in text, path


def test_yolov3_is_mmdets_but_for_what_is_said():
    ours = load_config(YOLO[0]).model
    theirs = get_config('mmdet::yolo/yolov3_d53_8xb8-ms-416-273e_coco.py').model
    changed = {
        'data_preprocessor': ours.data_preprocessor,
        'backbone': {
            **theirs.backbone,
            'act_cfg': {'type': 'LeakyReLU', 'negative_slope': 0.01},
            'init_cfg': ours.backbone.init_cfg,
        },
        'bbox_head': {**theirs.bbox_head, 'type': 'mmsar.YOLOV3Head', 'num_classes': 1},
    }
    assert ours == {**theirs, **changed}


def test_resnet_50_comes_from_torchvision():
    checkpoint = load_config(FASTER[0]).model.backbone.init_cfg.checkpoint
    assert checkpoint == 'torchvision://resnet50'
    url = get_torchvision_models()['resnet50']
    assert 'pytorch.org' in url
