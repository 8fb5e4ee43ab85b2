# A classifier of aligned pairs for two CPU cores: one ResNet-18 a view, their last levels fused.
# Group normalisation: batches are small, and two processes then compute what one does.
images = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], channels=3)
branch = dict(
    type='mmdet.ResNet',
    depth=18,
    out_indices=(3,),
    norm_cfg=dict(type='GN', num_groups=16, requires_grad=True),
    norm_eval=False,
    style='pytorch',
)
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        type='mmsar.StackedViewsPreprocessor',
        sar=images,
        optical=images,
        host=dict(type='ClsDataPreprocessor'),
    ),
    backbone=dict(
        type='mmsar.BridgeFusionBackbone',
        sar=branch,
        optical=branch,
        channels=[512],
        fusion='concat',
        branch_init=dict(sar=None, optical=None),
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=2,
        in_channels=512,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
