# Faster R-CNN on the backbone of SARATR-X (doi 10.1109/TIP.2025.3531988): windows of 14 x 14
# tokens, every fifth block sees all.
_base_ = './faster-rcnn_r50_fpn.py'

model = dict(
    # To 0..1, as in pre-training.
    data_preprocessor=dict(mean=[0.0] * 3, std=[255.0] * 3),
    backbone=dict(
        _delete_=True,
        type='mmsar.HiViT',
        arch='base',
        img_size=224,
        out_indices=(0, 1, 2, 3),
        out_norm=True,
        window_size=14,
        global_blocks=(4, 9, 14, 19),
        with_cp=True,
        # Weights of published detectors need both True.
        official_merge_indices=False,
        official_input_range=False,
        # tools/model_converters/saratrx.py IN OUT --part backbone; or a checkpoint of
        # tools/train.py, with prefix='backbone.'
        init_cfg=dict(type='Pretrained', checkpoint='checkpoints/saratrx_hivit-base.pth'),
    ),
    neck=dict(in_channels=[128, 256, 512, 512]),
    roi_head=dict(
        bbox_head=dict(
            type='Shared4Conv1FCBBoxHead',
            norm_cfg=dict(type='SyncBN', requires_grad=True),
            reg_decoded_bbox=True,
            loss_bbox=dict(_delete_=True, type='GIoULoss', loss_weight=10.0),
        )
    ),
)
