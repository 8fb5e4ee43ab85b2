# The comparison of the paper on simulated sensors, on a CPU: docs/cross_sensor.md has the commands
# that make its data and the networks of migration and generation.
description = 'Simulated aircraft by two sensors, a fifth of Table 1'
seeds = 3
_classes = ('B-52', 'Boeing-747', 'Boeing-767', 'C-130', 'C-17', 'F-15', 'F-16')
_configs = 'configs/cross_sensor'

# Table 1 divided by 5. Of the new sensor's 10 a class, 7 train; the test part has 43 in place of 3,
# which changes no training and makes an image 0.3 points, not 4.8.
data = dict(
    sar1='data/aircraft/sar1',
    sar2='data/aircraft/sar2',
    classes=_classes,
    sar1_counts=dict(zip(_classes, (26, 29, 26, 27, 33, 29, 27), strict=True)),
    split=dict(train=7, test=43),
)
# LoRA learns from the same images of the old sensor that the classifiers have.
generated = dict(
    config=f'{_configs}/sd3-mini-lora_64_aircraft.py',
    train=dict(options={'data_root': '{sar1}'}),
    counts=dict(zip(_classes, (37, 37, 37, 37, 37, 38, 38), strict=True)),
)

_migration = dict(config=f'{_configs}/attention-distillation_small-aircraft_64.py')
_gan = dict(train=dict(options={'data_root': '{data}'}))
methods = dict(
    migration=dict(label='migration', **_migration),
    histogram=dict(label='histogram matching', config=f'{_configs}/histogram-matching_aircraft.py'),
    respeckle=dict(label='new speckle', config=f'{_configs}/respeckle_aircraft.py'),
    stargan=dict(label='StarGAN', config=f'{_configs}/stargan-small_1xb12_aircraft.py', **_gan),
    cut=dict(label='CUT', config=f'{_configs}/cut-small_1xb4_aircraft.py', **_gan),
    pix2pix=dict(label='Pix2pix', config=f'{_configs}/pix2pix-small_1xb12_aircraft.py', **_gan),
    cyclegan=dict(label='CycleGAN', config=f'{_configs}/cyclegan-small_1xb4_aircraft.py', **_gan),
    # Table 4
    speckle=dict(
        label='migration with the speckle loss alone',
        options={'model.weights.high_frequency': 0.0},
        **_migration,
    ),
    frequency=dict(
        label='migration with the frequency loss alone',
        options={'model.weights.speckle': 0.0},
        **_migration,
    ),
    neither=dict(
        label='migration with neither',
        options={'model.weights.speckle': 0.0, 'model.weights.high_frequency': 0.0},
        **_migration,
    ),
    complex=dict(
        label='migration with both, the complex spectral loss',
        options={'model.high_frequency.mode': 'complex'},
        **_migration,
    ),
    # The others begin at what is known of the sensors, which has the new one's speckle already.
    other_start=dict(
        label='migration begun at the content',
        options={'model.start': None, 'model.keep': 'content'},
        **_migration,
    ),
)

# As many steps for every row: with equal epochs, more images alone would be more training.
downstream = dict(config=f'{_configs}/resnet18-slim_aircraft.py', epochs=20, steps_of='full')
_full = ['sar2', 'migration/sar1', 'migration/generated']
rows = dict(
    sar1=dict(train=['sar1'], label='SAR1 alone'),
    sar2=dict(train=['sar2'], label='SAR2 alone', paper=(57.142, 55.659, 57.143, 51.650)),
    raw=dict(train=['sar2', 'sar1'], label='SAR2 + SAR1', paper=(48.351, 48.275, 48.352, 41.276)),
    migrated=dict(
        train=['sar2', 'migration/sar1'],
        label='SAR2 + migrated SAR1',
        paper=(73.626, 73.365, 73.626, 71.580),
    ),
    full=dict(
        train=_full,
        label='SAR2 + migrated SAR1 + migrated generated',
        paper=(85.714, 86.199, 85.714, 85.549),
    ),
    full_equal=dict(
        train=_full, equal_to='sar1', label='as many of migrated SAR1 and migrated generated'
    ),
    histogram=dict(train=['sar2', 'histogram/sar1']),
    respeckle=dict(train=['sar2', 'respeckle/sar1']),
    stargan=dict(
        train=['sar2', 'stargan/sar1'], label='StarGAN', paper=(50.549, 37.165, 50.549, 41.328)
    ),
    cut=dict(train=['sar2', 'cut/sar1'], label='CUT', paper=(61.538, 59.865, 61.538, 56.110)),
    pix2pix=dict(
        train=['sar2', 'pix2pix/sar1'], label='Pix2pix', paper=(65.934, 71.705, 65.934, 63.770)
    ),
    cyclegan=dict(
        train=['sar2', 'cyclegan/sar1'], label='CycleGAN', paper=(69.231, 71.082, 69.231, 69.396)
    ),
    # The paper's are of the whole method; here of migrated SAR1, which takes half the time.
    speckle=dict(
        train=['sar2', 'speckle/sar1'],
        label='speckle loss alone',
        paper=(83.284, 83.371, 84.167, 81.728),
    ),
    frequency=dict(
        train=['sar2', 'frequency/sar1'],
        label='frequency loss alone',
        paper=(82.893, 81.644, 83.543, 80.469),
    ),
    neither=dict(train=['sar2', 'neither/sar1'], label='neither'),
    complex=dict(train=['sar2', 'complex/sar1'], label='both, complex spectral loss'),
    other_start=dict(train=['sar2', 'other_start/sar1'], label='both, begun at the content'),
)
comparisons = dict(
    table2=dict(
        title='what adding images made by different methods changes',
        rows=['sar2', 'stargan', 'cut', 'pix2pix', 'cyclegan', 'histogram', 'respeckle', 'full'],
    ),
    table3=dict(
        title='parts of the method',
        rows=['sar1', 'sar2', 'raw', 'migrated', 'full'],
        reference='sar2',
    ),
    table4=dict(
        title='losses of the migration, with migrated SAR1 alone',
        rows=['migrated', 'speckle', 'frequency', 'neither', 'complex', 'other_start'],
    ),
    # The paper compares its method with 2.3 times as many images.
    equal=dict(
        title='Every method with as many images',
        rows=[
            'cyclegan', 'stargan', 'cut', 'pix2pix', 'histogram', 'respeckle', 'migrated',
            'full_equal',
        ],
    ),
)  # fmt: skip
fidelity = dict(patch=8, features=dict(row='raw'))
pictures = (
    'sar1', 'sar2', 'generated', 'migration/sar1', 'migration/generated', 'cyclegan/sar1',
    'cut/sar1', 'pix2pix/sar1', 'stargan/sar1', 'respeckle/sar1',
)  # fmt: skip
