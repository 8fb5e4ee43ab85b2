# Any set of optical-SAR pairs: how it is loaded. A data set's own file adds its type, data_root and
# options, and how its SAR values are stretched where they are not 8-bit.
load = [
    # One channel; mmsar.PairDataPreprocessor repeats it for a network of three.
    dict(type='mmsar.LoadSARImage', key='sar', channels=1),
    dict(type='mmsar.StretchSAR', key='sar', rule='8bit'),
    dict(type='mmsar.LoadSARImage', key='optical', channels=3),
    dict(type='mmsar.StretchSAR', key='optical', rule='8bit'),
]
pack = dict(type='mmsar.PackPair')
train_dataloader = dict(
    batch_size=20,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    # 20 samples a step with any number of processes
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', global_batch=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(type='mmsar.OpticalSARPairs', pipeline=[*load, pack]),
    ),
)
val_dataloader = dict(
    batch_size=20,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='mmsar.OpticalSARPairs', test_mode=True, pipeline=[*load, pack]),
)
test_dataloader = val_dataloader

val_evaluator = dict(type='mmsar.MatchingMetric')
test_evaluator = val_evaluator
