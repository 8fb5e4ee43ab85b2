"""The head of YOLOv3."""

from typing import Any

from mmdet.models.dense_heads import YOLOV3Head as MMDetYOLOV3Head
from mmdet.structures.bbox import bbox_overlaps, get_box_tensor
from mmengine.dist import get_world_size
from torch import Tensor

from mmsar.registry import MODELS


@MODELS.register_module()
class YOLOV3Head(MMDetYOLOV3Head):
    """``mmdet.YOLOV3Head`` that leaves ignored regions alone and sums over the global batch.

    mmdet's counts an anchor on an ignored object (a ship cut by the edge of its tile, say) as
    background. And its losses are sums over the images of one process, which several processes
    then average: with 8 processes the step is an eighth of what the recipe means. Here the loss is
    that of the global batch, whatever the number of processes.

    Args:
        ignore_iof_thr: An anchor with at least this share of its area inside an ignored region
            is no background.
        *args: See ``mmdet.YOLOV3Head``; the losses need ``reduction='sum'``.
        **kwargs: Likewise.
    """

    def __init__(self, *args: Any, ignore_iof_thr: float = 0.5, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ignore_iof_thr = ignore_iof_thr
        self._ignored: list[Any] = []

    def loss_by_feat(
        self,
        pred_maps: Any,
        batch_gt_instances: Any,
        batch_img_metas: Any,
        batch_gt_instances_ignore: Any = None,
    ) -> dict[str, Any]:
        """Compute the losses; see ``mmdet.YOLOV3Head``."""
        self._ignored = batch_gt_instances_ignore or []
        losses: dict[str, Any] = super().loss_by_feat(
            pred_maps, batch_gt_instances, batch_img_metas
        )
        world = get_world_size()
        if world > 1:
            losses = {name: [value * world for value in values] for name, values in losses.items()}
        return losses

    def get_targets(
        self, anchor_list: Any, responsible_flag_list: Any, batch_gt_instances: Any
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Assign targets, and take anchors on ignored regions out of the background.

        Returns:
            Per level: targets (N, A, 5 + classes); background (N, A), 1 or 0.
        """
        targets, backgrounds = super().get_targets(
            anchor_list, responsible_flag_list, batch_gt_instances
        )
        for image, instances in enumerate(self._ignored):
            regions = get_box_tensor(instances.bboxes)
            if not len(regions):
                continue
            for anchors, background in zip(anchor_list[image], backgrounds, strict=True):
                inside = bbox_overlaps(anchors, regions, mode='iof').amax(1)
                background[image][inside >= self.ignore_iof_thr] = 0
        return targets, backgrounds
