# A YOLOv3 for two CPU cores: ResNet-18 from random weights, a neck of half the width. Group
# normalisation: batches are small, and two processes then compute what one does.
_base_ = './yolov3_d53.py'

norm_cfg = dict(type='GN', num_groups=16, requires_grad=True)
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet',
        depth=18,
        out_indices=(1, 2, 3),
        norm_cfg=norm_cfg,
        norm_eval=False,
    ),
    neck=dict(in_channels=[512, 256, 128], out_channels=[256, 128, 64], norm_cfg=norm_cfg),
    bbox_head=dict(in_channels=[256, 128, 64], out_channels=[256, 128, 64], norm_cfg=norm_cfg),
)
