# FUSAR-Ship in ten classes: docs/datasets/fusar_ship.md.
data_root = 'data/FUSAR-Ship/'
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    dict(type='mmsar.StretchSAR', rule='8bit'),
    # The published test pipeline keeps the ratio and cuts the middle out (keep_ratio=True), though
    # its training squashes; here both squash. docs/datasets/mstar.md: how to set another size.
    dict(type='mmsar.ResizeChip', scale=224),
    dict(type='PackInputs'),
]
# To 0..1, one channel.
data_preprocessor = dict(num_classes=10, mean=[0.0], std=[255.0], to_rgb=False)
dataset = dict(type='mmsar.FUSARShip', data_root=data_root)
train_dataloader = dict(
    batch_size=25,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(
        type='mmsar.SeededDataset', dataset=dict(**dataset, split='train', pipeline=pipeline)
    ),
)
# There is no part to choose a model with: the test part is looked at, and the last model counts.
val_dataloader = dict(
    batch_size=50,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, split='test', test_mode=True, pipeline=pipeline),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='Accuracy', topk=(1,))
test_evaluator = val_evaluator
