# MSTAR, ten classes of vehicles under standard operating conditions: docs/datasets/mstar.md.
# variant='EOC-1', 'EOC-2C' or 'EOC-2V' are the others; they have four classes.
data_root = 'data/MSTAR/'
pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    # Copies as images. Phoenix files hold floats: rule='percentile', low=0, high=99.9.
    dict(type='mmsar.StretchSAR', rule='8bit'),
    # Chips of 128 to 193 pixels: their size must not tell the class.
    dict(type='mmsar.CentreCropOrPad', size=128),
    # [-2] of the pipelines: docs/datasets/mstar.md shows how to set another size.
    dict(type='mmsar.ResizeChip', scale=224),
    dict(type='PackInputs'),
]
# To 0..1, one channel.
data_preprocessor = dict(num_classes=10, mean=[0.0], std=[255.0], to_rgb=False)
dataset = dict(type='mmsar.MSTAR', data_root=data_root, variant='SOC', serials='three')
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
