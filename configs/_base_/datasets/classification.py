# Any data set of chips with classes: how it is loaded. A data set's own file adds its type and
# data_root, the parts, num_classes, and what it does to chips before they are resized.
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    # Images of 8 bits. For Phoenix files, which hold floats: rule='percentile', low=0, high=99.9.
    dict(type='mmsar.StretchSAR', rule='8bit'),
    # The published test pipeline keeps the ratio and cuts the middle out (keep_ratio=True), though
    # its training squashes; here both squash. docs/datasets/mstar.md: how to set another size.
    dict(type='mmsar.ResizeChip', scale=224),
    dict(type='PackInputs'),
]
# To 0..1, one channel.
data_preprocessor = dict(mean=[0.0], std=[255.0], to_rgb=False)
train_dataloader = dict(
    batch_size=25,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(type='mmsar.SeededDataset', dataset=dict(pipeline=pipeline)),
)
# There is no part to choose a model with: the test part is looked at, and the last model counts.
val_dataloader = dict(
    batch_size=50,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(test_mode=True, pipeline=pipeline),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='Accuracy', topk=(1,))
test_evaluator = val_evaluator
