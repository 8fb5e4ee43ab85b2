# Faster R-CNN on AIR-SARShip-1.0 from the SAR branch of a bridge network; all else as from ImageNet
# The file is written by tools/model_converters/publish_backbone.py.
_base_ = '../faster_rcnn/faster-rcnn_r50_fpn_1xb8-14e_airsarship1.py'

model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint='checkpoints/bridge_r50_sar.pth'))
)
