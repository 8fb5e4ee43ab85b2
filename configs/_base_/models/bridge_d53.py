# The bridge network with two Darknet-53, for YOLOv3. The ImageNet weights are timm's: see
# yolov3_d53.py for the slope of the activation.
_base_ = './bridge_r50.py'

branch = dict(
    backbone=dict(
        _delete_=True,
        type='mmdet.Darknet',
        depth=53,
        out_indices=(5,),
        act_cfg=dict(type='LeakyReLU', negative_slope=0.01),
        norm_eval=False,  # mmdet's default keeps the statistics of batch normalisation
    ),
    head=dict(in_channels=1024),
)
model = dict(sar_branch=branch, optical_branch=branch)
