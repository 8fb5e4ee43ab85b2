# Faster R-CNN (Ren et al. 2015) with FPN, as mmdet has it, for one class.
_base_ = 'mmdet::_base_/models/faster-rcnn_r50_fpn.py'

model = dict(
    data_preprocessor=dict(bgr_to_rgb=False),  # mmsar.LoadSARImage gives red, green, blue
    roi_head=dict(bbox_head=dict(num_classes=1)),
    train_cfg=dict(
        # Draws that do not depend on the number of processes. A box with half of its area in an
        # ignored region is no background; mmdet leaves that check off.
        rpn=dict(sampler=dict(type='mmsar.RandomSampler'), assigner=dict(ignore_iof_thr=0.5)),
        rcnn=dict(sampler=dict(type='mmsar.RandomSampler'), assigner=dict(ignore_iof_thr=0.5)),
    ),
)
