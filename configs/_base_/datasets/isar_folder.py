# A folder of radar images; low resolutions are made of them. See mmsar.ISARPairs.
data_root = 'data/isar/'
scale = 4
patch = 64  # of the low resolution, in pixels
# Values to 0..1, by one rule for both images of a pair; see docs/data_values.md.
stretch = dict(rule='8bit', out=(0.0, 1.0))
load = [
    dict(type='mmsar.LoadSARImage', key='gt', channels=1),
    dict(type='mmsar.MakeLowResolution'),
    dict(type='mmsar.StretchSAR', key='gt', **stretch),
    dict(type='mmsar.StretchSAR', key='img', **stretch),
]
pack = dict(type='PackInputs', meta_keys=['key'])
train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler', infinite=True),
    # So many samples a step with any number of processes
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', global_batch=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.ISARPairs',
            data_root=data_root,
            data_prefix=dict(gt='train/'),
            scale=scale,
            degradation='bicubic',
            pipeline=[
                *load,
                dict(type='mmsar.ScaledPairCrop', size=patch, foreground=0.0),
                # No turns: SSNet's cross attention runs along the rows alone.
                dict(type='Flip', keys=['img', 'gt'], flip_ratio=0.5, direction='horizontal'),
                dict(type='Flip', keys=['img', 'gt'], flip_ratio=0.5, direction='vertical'),
                pack,
            ],
        ),
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmsar.ISARPairs',
        data_root=data_root,
        data_prefix=dict(gt='val/'),
        scale=scale,
        degradation='bicubic',
        pipeline=[*load, pack],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type='mmsar.RestorationMetric', value_range=(0.0, 1.0))
test_evaluator = val_evaluator
