# Any detection data set: how it is loaded. A data set's own file adds data_root, ann_file and
# data_prefix, its image size where that is not 512, and how its values are stretched where they
# are not 8-bit.
load = dict(type='mmsar.LoadSARImage', channels=3)
stretch = dict(type='mmsar.StretchSAR', rule='8bit')
train_pipeline = [
    load,
    stretch,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', scale=(512, 512), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    load,
    stretch,
    dict(type='Resize', scale=(512, 512), keep_ratio=True),
    # After Resize: ground truth stays in pixels of the file, as predictions are.
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='PackDetInputs',
        # For the metric: ground truth, and the place of a tile in its scene.
        meta_keys=(
            *('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor', 'img_raster'),
            *('instances', 'subset', 'pixel_spacing', 'scene', 'window', 'scene_shape'),
        ),
    ),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler'),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.CocoDetection',
            filter_cfg=dict(filter_empty_gt=True),
            pipeline=train_pipeline,
        ),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='mmsar.CocoDetection', test_mode=True, pipeline=test_pipeline),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='mmsar.SARDetMetric')
test_evaluator = val_evaluator
