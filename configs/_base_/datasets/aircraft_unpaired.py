# Simulated aircraft by both sensors (docs/aircraft.md), or your own in their place. Chips that are
# to test a classifier must not be in style: name the folder without them.
data_root = 'data/aircraft/'
# As migration_aircraft.py: the square root of amplitude, up to sigma nought 12 dB.
high = 4000
power = 0.5
stretch = dict(rule='fixed', low=0, high=high, power=power)
load = dict(domain_in='amplitude')
train_dataloader = dict(
    batch_size=12,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', drop_last=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.UnpairedChips',
            content=dict(data_root=data_root + 'sar1', check='header'),
            style=dict(data_root=data_root + 'sar2', check='header'),
            pipeline=[
                dict(type='mmsar.LoadSARImage', channels=1, **load),
                dict(type='mmsar.StretchSAR', out=(0.0, 1.0), **stretch),
                dict(type='mmsar.CentreCropOrPad', size=64),
            ],
            # Along azimuth alone: the radar looks from one side. Nothing is enlarged and cropped,
            # as published recipes for photographs do: that would change the speckle.
            augment=[dict(type='RandomFlip', prob=0.5, direction='vertical')],
            keep=True,
        ),
    ),
)
# What tools/migrate.py does, by the same rule.
test_cfg = dict(
    type='mmsar.MigrationLoop',
    batch_size=16,
    stretch=stretch,
    load=load,
    styles=dict(number=1, sets=8, seed=0, same_class=False),
)
