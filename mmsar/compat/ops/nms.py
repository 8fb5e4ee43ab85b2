"""Non-maximum suppression."""

import torch
import torchvision
from torch import Tensor


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Return the indices of the boxes kept, by descending score.

    Args:
        boxes: (N, 4) as x1, y1, x2, y2.
        scores: (N,).
        iou_threshold: A box that overlaps a better one by more than this is dropped.
        offset: 0 or 1; the width of a box is x2 - x1 + offset.
    """
    if offset:
        boxes = boxes + boxes.new_tensor([0, 0, offset, offset])
    return torchvision.ops.nms(boxes, scores, iou_threshold)


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Soft-NMS (Bodla et al. 2017): decay the scores of overlapping boxes.

    Args:
        boxes: (N, 4) as x1, y1, x2, y2.
        scores: (N,).
        dets: (N, 5), filled with the boxes kept and their decayed scores.
        iou_threshold: Overlap from which methods 0 and 1 act.
        sigma: Width of the Gaussian of method 2.
        min_score: A box whose score falls below this is dropped.
        method: 0 drops (plain NMS), 1 decays by 1 - IoU, 2 by exp(-IoU^2 / sigma).
        offset: 0 or 1; the width of a box is x2 - x1 + offset.

    Returns:
        Indices of the boxes kept, in the order in which they were chosen.
    """
    top_left, bottom_right = boxes[:, :2], boxes[:, 2:] + offset
    areas = (bottom_right - top_left).prod(1)
    scores = scores.clone()
    alive = torch.ones_like(scores, dtype=torch.bool)
    order: list[int] = []
    while alive.any():
        best = int(torch.where(alive, scores, -torch.inf).argmax())
        dets[len(order), :4] = boxes[best]
        dets[len(order), 4] = scores[best]
        order.append(best)
        alive[best] = False
        size = torch.minimum(bottom_right, bottom_right[best]) - torch.maximum(
            top_left, top_left[best]
        )
        inter = size.clamp(min=0).prod(1)
        iou = (inter / (areas + areas[best] - inter)).nan_to_num(0)  # boxes without area
        if method == 0:
            weight = (iou < iou_threshold).to(scores)
        elif method == 1:
            weight = torch.where(iou >= iou_threshold, 1 - iou, 1.0)
        else:
            weight = torch.exp(-(iou**2) / sigma)
        scores = torch.where(alive, scores * weight, scores)
        alive &= scores >= min_score
    return torch.tensor(order, dtype=torch.long)
