# The paper's experiment with its own sizes, for real data: docs/cross_sensor.md, step by step. It
# needs GPUs, the weights of Stable Diffusion 3.5-medium and 1.5, and two folders of classes.
_base_ = './cross-sensor_small-aircraft.py'

description = 'Two sensors, as in the paper'
_classes = ('B-52', 'Boeing-747', 'Boeing-767', 'C-130', 'C-17', 'F-15', 'F-16')
_configs = 'configs/cross_sensor'
_sd35 = 'stabilityai/stable-diffusion-3.5-medium'  # or a folder
_sd15 = 'stable-diffusion-v1-5/stable-diffusion-v1-5'  # or a folder
_size = 64  # rows and columns of the chips
# Values of the files: the window in decibels that classifier and generator see, and the amplitude
# that is white for migration and the adversarial networks.
_low, _high, _white = 32, 72, 4000

data = dict(
    _delete_=True,
    sar1='data/terrasar-x',
    sar2='data/fucheng-1',
    names=('TerraSAR-X', 'Fucheng-1'),
    classes=_classes,
    # 35 and 15 of 50. The paper's accuracies are multiples of 1/91, so its own were 37 and 13:
    # split=dict(train=37, test=13). Of whole acquisitions: groups=REGEX, or manifest=CSV.
    split=dict(train=0.7),
)
generated = dict(
    _delete_=True,
    config=f'{_configs}/sd3.5-medium-lora_512_aircraft.py',
    options={
        'model.pretrained': _sd35,
        'test_cfg.stretch.low': _low,
        'test_cfg.stretch.high': _high,
        'test_cfg.shape': (_size, _size),
    },
    train=dict(
        options={
            'data_root': '{sar1}',
            'model.pretrained': _sd35,
            'train_dataloader.dataset.dataset.pipeline.1.low': _low,
            'train_dataloader.dataset.dataset.pipeline.1.high': _high,
        }
    ),
    counts=dict(zip(_classes, (187, 187, 187, 187, 187, 189, 189), strict=True)),
)

_stretch = dict(_delete_=True, rule='fixed', low=0, high=_white)
_values = {'test_cfg.load': dict(domain_in='amplitude'), 'test_cfg.stretch': _stretch}
_migration = {'model.pretrained': _sd15, **_values}
_config = f'{_configs}/attention-distillation_sd15_512.py'
_rate = 'train_dataloader.dataset.dataset.pipeline.1.high'
_crop = 'train_dataloader.dataset.dataset.pipeline.2.size'
_trained = {'data_root': '{data}', _rate: _white, _crop: _size}
_gan = dict(train=dict(options=_trained), options={'test_cfg.stretch.high': _white})
_star = {'model.discriminator.image_size': _size}
methods = dict(
    _delete_=True,
    migration=dict(label='migration', config=_config, options=_migration),
    stargan=dict(
        label='StarGAN',
        config=f'{_configs}/stargan_1xb12-200e_aircraft.py',
        options={'test_cfg.stretch.high': _white, **_star},
        train=dict(options={**_trained, **_star}),
    ),
    cut=dict(label='CUT', config=f'{_configs}/cut_1xb12-200e_aircraft.py', **_gan),
    pix2pix=dict(label='Pix2pix', config=f'{_configs}/pix2pix_1xb12-200e_aircraft.py', **_gan),
    cyclegan=dict(label='CycleGAN', config=f'{_configs}/cyclegan_1xb12-200e_aircraft.py', **_gan),
    histogram=dict(
        label='histogram matching',
        config=f'{_configs}/histogram-matching_aircraft.py',
        options={'test_cfg.stretch.high': _white},
    ),
    respeckle=dict(
        label='new speckle',
        config=f'{_configs}/respeckle_aircraft.py',
        # Of the new sensor: see mmsar.Respeckle
        options={'test_cfg.stretch.high': _white, 'model.resolution': 2.5, 'model.looks': 4},
    ),
    speckle=dict(
        label='migration with the speckle loss alone',
        config=_config,
        options={**_migration, 'model.weights.high_frequency': 0.0},
    ),
    frequency=dict(
        label='migration with the frequency loss alone',
        config=_config,
        options={**_migration, 'model.weights.speckle': 0.0},
    ),
    neither=dict(
        label='migration with neither',
        config=_config,
        options={
            **_migration,
            'model.weights.speckle': 0.0,
            'model.weights.high_frequency': 0.0,
        },
    ),
    complex=dict(
        label='migration with both, the complex spectral loss',
        config=_config,
        options={**_migration, 'model.high_frequency.mode': 'complex'},
    ),
    other_start=dict(
        label='migration begun at new speckle',
        config=f'{_configs}/attention-distillation_sd15-respeckled_512.py',
        # Of the new sensor, as above
        options={**_migration, 'model.start.resolution': 2.5, 'model.start.looks': 4},
    ),
)
_parts = ('train_dataloader.dataset.dataset', 'test_dataloader.dataset')
downstream = dict(
    config=f'{_configs}/resnet50_1xb32-100e_aircraft.py',
    options={
        f'{_place}.pipeline.1.{_key}': _value
        for _place in _parts
        for _key, _value in (('low', _low), ('high', _high))
    },
    epochs=100,
    steps_of='full',
)
# Table 4 as the paper has it: of the whole method.
rows = dict(
    sar1=dict(label='TerraSAR-X alone'),
    sar2=dict(label='Fucheng-1 alone'),
    raw=dict(label='Fucheng-1 + TerraSAR-X'),
    migrated=dict(label='Fucheng-1 + migrated TerraSAR-X'),
    full=dict(label='Fucheng-1 + migrated TerraSAR-X + migrated generated'),
    speckle=dict(train=['sar2', 'speckle/sar1', 'speckle/generated']),
    frequency=dict(train=['sar2', 'frequency/sar1', 'frequency/generated']),
    neither=dict(train=['sar2', 'neither/sar1', 'neither/generated']),
    complex=dict(train=['sar2', 'complex/sar1', 'complex/generated']),
    other_start=dict(
        train=['sar2', 'other_start/sar1', 'other_start/generated'],
        label='both, begun at new speckle',
    ),
)
comparisons = dict(
    table4=dict(
        title='losses of the migration',
        rows=['full', 'speckle', 'frequency', 'neither', 'complex', 'other_start'],
    )
)
