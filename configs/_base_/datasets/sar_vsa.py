# SAR-VSA, 25 classes: docs/datasets/sar_vsa.md. Its lists are made with
# tools/dataset_converters/build_sar_vsa.py data/SAR-VSA --mstar ... --fusar-ship ... --sar-acd ...
data_root = 'data/SAR-VSA/'
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    dict(type='mmsar.StretchSAR', rule='8bit'),
    # Chips of MSTAR have 128 to 193 pixels: their size must not tell the class.
    dict(type='mmsar.CentreCropOrPad', size=128, sets=['mstar']),
    # The published test pipeline keeps the ratio and cuts the middle out (keep_ratio=True), though
    # its training squashes; here both squash. docs/datasets/mstar.md: how to set another size.
    dict(type='mmsar.ResizeChip', scale=224),
    dict(type='PackInputs'),
]
# To 0..1, one channel.
data_preprocessor = dict(num_classes=25, mean=[0.0], std=[255.0], to_rgb=False)
dataset = dict(type='mmsar.SARVSA', data_root=data_root)
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
