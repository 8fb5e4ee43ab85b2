# Spacecraft simulated by the physics of inverse SAR; see docs/isar.md and mmsar.PhaseHistoryPairs.
scale = 4
patch = 16  # of the low resolution, in pixels; whole images have 72, 48 or 36
cache_dir = 'data/spacecraft'  # None: simulate in each epoch again
# Decibels from the largest amplitude of the low resolution to 0..1, for both images of a pair
decibels = (-48.0, 2.0)
stretch = dict(rule='db', low=decibels[0], high=decibels[1], out=(0.0, 1.0))
load = [
    dict(type='mmsar.StretchSAR', key='gt', **stretch),
    dict(type='mmsar.StretchSAR', key='img', **stretch),
]
# Of files, which pairs are not made of: decibels above their largest amplitude
file_pipeline = [
    dict(type='mmsar.LoadSARImage', domain_out='amplitude', channels=1),
    dict(type='mmsar.StretchSAR', **{**stretch, 'rule': 'peak'}),
]
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler', infinite=True),
    # So many samples a step with any number of processes
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', global_batch=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.PhaseHistoryPairs',
            source=dict(kind='spacecraft', part='train', pairs=3000, spacecraft=1000),
            scale=scale,
            # What the better radar would have received, so that measured images, whose noise nobody
            # can take away, are not too dark. Those of validation and test are without noise.
            truth='received',
            cache_dir=cache_dir,
            pipeline=[
                *load,
                # Squares around what is bright: most of an image is black.
                dict(type='mmsar.ScaledPairCrop', size=patch, around=0.1),
                # No turns: SSNet's cross attention runs along the rows alone.
                dict(type='Flip', keys=['img', 'gt'], flip_ratio=0.5, direction='horizontal'),
                dict(type='Flip', keys=['img', 'gt'], flip_ratio=0.5, direction='vertical'),
                dict(type='PackInputs', meta_keys=['key']),
            ],
        ),
    ),
)
# Zeros around the complex spectrum, for the baseline of that name; points, of scenes of points
whole = [
    *load,
    dict(type='mmsar.StretchSAR', key='sinc', **stretch),
    dict(type='PackInputs', meta_keys=['key', 'sinc', 'points']),
]
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmsar.PhaseHistoryPairs',
        source=dict(kind='spacecraft', part='val', pairs=64, spacecraft=32),
        scale=scale,
        sinc=True,
        cache_dir=cache_dir,
        pipeline=whole,
    ),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='mmsar.PhaseHistoryPairs',
        source=dict(kind='benchmark'),
        scale=scale,
        sinc=True,
        pipeline=whole,
    ),
)
val_evaluator = dict(
    type='mmsar.RestorationMetric', value_range=(0.0, 1.0), foreground_db=40.0, decibels=decibels
)
test_evaluator = [
    val_evaluator,
    dict(type='mmsar.RadarImageMetric', value_range=(0.0, 1.0), decibels=decibels),
]
