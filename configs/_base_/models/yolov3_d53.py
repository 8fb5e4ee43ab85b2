# YOLOv3 (Redmon and Farhadi 2018) with Darknet-53, for one class: the model of mmdet's
# yolov3_d53_8xb8-ms-416-273e_coco.py, which mmdet has as a complete config only.
model = dict(
    type='YOLOV3',
    # The ImageNet weights below are timm's. They go with ImageNet's mean and deviation (mmdet: 0
    # and 255) and with a smaller slope of the activation (mmdet: 0.1).
    data_preprocessor=dict(
        type='DetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=False,  # mmsar.LoadSARImage gives red, green, blue
        pad_size_divisor=32,
    ),
    backbone=dict(
        type='Darknet',
        depth=53,
        out_indices=(3, 4, 5),
        act_cfg=dict(type='LeakyReLU', negative_slope=0.01),
        # Written by tools/model_converters/darknet53_from_timm.py
        init_cfg=dict(type='Pretrained', checkpoint='checkpoints/darknet53_timm.pth'),
    ),
    neck=dict(
        type='YOLOV3Neck',
        num_scales=3,
        in_channels=[1024, 512, 256],
        out_channels=[512, 256, 128],
    ),
    bbox_head=dict(
        type='mmsar.YOLOV3Head',  # ignored regions; the same loss with any number of processes
        num_classes=1,
        in_channels=[512, 256, 128],
        out_channels=[1024, 512, 256],
        anchor_generator=dict(
            type='YOLOAnchorGenerator',
            # Of COCO; for ships see tools/analysis_tools/optimize_anchors.py
            base_sizes=[
                [(116, 90), (156, 198), (373, 326)],
                [(30, 61), (62, 45), (59, 119)],
                [(10, 13), (16, 30), (33, 23)],
            ],
            strides=[32, 16, 8],
        ),
        bbox_coder=dict(type='YOLOBBoxCoder'),
        featmap_strides=[32, 16, 8],
        loss_cls=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=1.0, reduction='sum'),
        loss_conf=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=1.0, reduction='sum'),
        loss_xy=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=2.0, reduction='sum'),
        loss_wh=dict(type='MSELoss', loss_weight=2.0, reduction='sum'),
    ),
    train_cfg=dict(
        assigner=dict(type='GridAssigner', pos_iou_thr=0.5, neg_iou_thr=0.5, min_pos_iou=0)
    ),
    test_cfg=dict(
        nms_pre=1000,
        min_bbox_size=0,
        score_thr=0.05,
        conf_thr=0.005,
        nms=dict(type='nms', iou_threshold=0.45),
        max_per_img=100,
    ),
)
