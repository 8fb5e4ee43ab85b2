# The slim Faster R-CNN on aligned pairs: one ResNet-18 a view, their levels fused.
_base_ = './faster-rcnn_r18-slim_fpn.py'

images = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], channels=3)
branch = _base_.model.backbone
model = dict(
    data_preprocessor=dict(
        _delete_=True,
        type='mmsar.StackedViewsPreprocessor',
        sar=images,
        optical=images,
        host=dict(type='DetDataPreprocessor', pad_size_divisor=32),
    ),
    backbone=dict(
        _delete_=True,
        type='mmsar.BridgeFusionBackbone',
        sar=branch,
        optical=branch,
        channels=[128, 256, 512],
        fusion='concat',
        branch_init=dict(sar=None, optical=None),
    ),
)
