# YOLOv3 on AIR-SARShip-2.0 from the SAR branch of a bridge network; all else as from ImageNet
# The file is written by tools/model_converters/publish_backbone.py.
_base_ = '../yolov3/yolov3_d53_1xb12-ms-416-240e_airsarship2.py'

model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='checkpoints/bridge_d53_sar.pth'))
)
