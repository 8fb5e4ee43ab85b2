# Simulated aircraft by both sensors, for the small networks of migration (docs/migration.md):
#   python tools/dataset_converters/simulate_aircraft.py data/aircraft_networks \
#       --counts 300 --seed 1
# The square root of amplitude, up to sigma nought 12 dB. Migration must have the same.
high = 4000
power = 0.5
crop = 64
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmsar.SeededSampler', infinite=True),
    # So many samples a step with any number of processes
    batch_sampler=dict(type='mmsar.ResumableBatchSampler', global_batch=True),
    dataset=dict(
        type='mmsar.SeededDataset',
        dataset=dict(
            type='mmsar.SARChips',
            data_root='data/aircraft_networks/',
            folders=['sar1', 'sar2'],
            check='header',
            pipeline=[
                dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=1),
                dict(
                    type='mmsar.StretchSAR',
                    rule='fixed',
                    low=0,
                    high=high,
                    power=power,
                    out=(0.0, 1.0),
                ),
                dict(type='mmpretrain.RandomCrop', crop_size=crop),
                # Along azimuth alone: the radar looks from one side.
                dict(type='mmpretrain.RandomFlip', prob=0.5, direction='vertical'),
                dict(type='mmpretrain.PackInputs'),
            ],
        ),
    ),
)
