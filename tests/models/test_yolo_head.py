import pytest
import torch
from mmengine.structures import InstanceData

import mmsar  # noqa: F401
from mmsar.models.dense_heads import YOLOV3Head, yolo_head
from mmsar.registry import MODELS

CONFIG = {
    'type': 'mmsar.YOLOV3Head',
    'num_classes': 1,
    'in_channels': [8, 8],
    'out_channels': [8, 8],
    'anchor_generator': {
        'type': 'mmdet.YOLOAnchorGenerator',
        'base_sizes': [[(32, 32)], [(8, 8)]],
        'strides': [16, 8],
    },
    'bbox_coder': {'type': 'mmdet.YOLOBBoxCoder'},
    'featmap_strides': [16, 8],
    'train_cfg': {
        'assigner': {
            'type': 'mmdet.GridAssigner',
            'pos_iou_thr': 0.5,
            'neg_iou_thr': 0.5,
            'min_pos_iou': 0,
        }
    },
    **{
        f'loss_{name}': {
            'type': 'mmdet.CrossEntropyLoss' if name != 'wh' else 'mmdet.MSELoss',
            **({'use_sigmoid': True} if name != 'wh' else {}),
            'reduction': 'sum',
        }
        for name in ('cls', 'conf', 'xy', 'wh')
    },
}


@pytest.fixture
def head() -> YOLOV3Head:
    torch.manual_seed(0)
    return MODELS.build(CONFIG).eval()  # batch statistics differ between processes


def instances(*boxes) -> InstanceData:
    return InstanceData(
        bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        labels=torch.zeros(len(boxes), dtype=torch.long),
    )


def features(count: int):
    torch.manual_seed(1)
    return torch.randn(count, 8, 4, 4), torch.randn(count, 8, 8, 8)


def losses(head, maps, objects, ignored):
    predictions = head(maps)
    metas = [{} for _ in objects]
    found = head.loss_by_feat(*predictions, objects, metas, ignored)
    return {name: [part.detach() for part in parts] for name, parts in found.items()}


def total(values):
    return sum(torch.stack(list(parts)).sum() for parts in values.values())


def test_without_ignored_regions_it_is_mmdets(head):
    objects = [instances((4, 4, 14, 14)), instances((20, 30, 50, 60))]
    empty = [instances(), instances()]
    ours = losses(head, features(2), objects, empty)
    (maps,) = head(features(2))
    theirs = super(YOLOV3Head, head).loss_by_feat(maps, objects, [{}, {}])
    for name, parts in theirs.items():
        assert torch.equal(torch.stack(ours[name]), torch.stack(list(parts)).detach())


def test_anchors_in_an_ignored_region_are_no_background(head):
    # Anchors of stride 8 are 8 x 8 boxes around the centres of the cells.
    region = (16, 16, 32, 32)
    head._ignored = [instances(region)]
    anchors = head.prior_generator.grid_priors([(4, 4), (8, 8)], device='cpu')
    flags = head.responsible_flags([(4, 4), (8, 8)], instances((40, 40, 48, 48)).bboxes, 'cpu')
    _, background = head.get_targets([anchors], [flags], [instances((40, 40, 48, 48))])
    fine = background[1][0].reshape(8, 8)
    expected = torch.ones(8, 8, dtype=torch.uint8)
    expected[2:4, 2:4] = 0  # in the region
    expected[5, 5] = 0  # the object itself
    assert torch.equal(fine, expected)
    # The 32 x 32 anchors of the other level, by arithmetic.
    x1, y1, x2, y2 = anchors[0].unbind(1)
    inside = (x2.clamp(max=32) - x1.clamp(min=16)).clamp(0) * (
        y2.clamp(max=32) - y1.clamp(min=16)
    ).clamp(0)
    assert torch.equal(background[0][0] == 0, inside / 1024 >= 0.5)


def test_an_object_in_an_ignored_region_is_still_learned(head):
    box = (20, 20, 28, 28)
    with_region = losses(head, features(1), [instances(box)], [instances((16, 16, 32, 32))])
    without = losses(head, features(1), [instances(box)], [instances()])
    for name in ('loss_xy', 'loss_wh', 'loss_cls'):
        assert torch.equal(torch.stack(with_region[name]), torch.stack(without[name]))
    assert float(sum(with_region['loss_conf'])) < float(sum(without['loss_conf']))


def test_the_loss_is_that_of_the_global_batch(head, monkeypatch):
    objects = [instances((4, 4, 14, 14)), instances((20, 30, 50, 60)), instances()]
    empty = [instances() for _ in objects]
    maps = features(3)
    whole = total(losses(head, maps, objects, empty))
    monkeypatch.setattr(yolo_head, 'get_world_size', lambda: 2)
    # Two processes, with two images and one; their gradients are averaged.
    parts = [
        total(losses(head, tuple(m[part] for m in maps), objects[part], empty[part]))
        for part in (slice(0, 2), slice(2, 3))
    ]
    torch.testing.assert_close(sum(parts) / 2, whole)
