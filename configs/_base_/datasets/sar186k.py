# Unlabelled 8-bit chips for pre-training, listed in a csv; see mmsar.SARChips.
data_root = 'data/SAR186K/'
train_pipeline = [
    dict(type='mmsar.LoadSARImage', channels=1),
    dict(type='mmsar.StretchSAR', rule='8bit'),
    # Unlike PIL's, this bicubic filter does not widen where an image shrinks.
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.2, 1.0), interpolation='bicubic'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmsar.RandomContrast', contrast=0.5),
    dict(type='PackInputs'),
]
train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    collate_fn=dict(type='default_collate'),
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.SARChips',
            data_root=data_root,
            ann_file='manifest.csv',
            pipeline=train_pipeline,
        ),
    ),
)
