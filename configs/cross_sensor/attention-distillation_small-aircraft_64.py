# Migration of simulated aircraft with the small networks that were trained on them:
# docs/migration.md, which has the figures that the weights, steps and rates were chosen by.
_base_ = [
    '../_base_/models/attention-distillation_sd15.py',
    '../_base_/migration_aircraft.py',
]
model = dict(
    pretrained='checkpoints/small_aircraft_unet',
    weights=dict(ad=1.0, content=1.0, speckle=0.4, high_frequency=5.0),
    speckle=dict(size=8, power=_base_.power),
    high_frequency=dict(mode='decibel'),
    size=64,
    steps=30,
    lr=0.02,
    lr_schedule='cosine',
    start=dict(
        type='mmsar.Respeckle', resolution=2.5, looks=4, power=_base_.power, values='histogram'
    ),
    keep='start',
    dtype='float32',
)
test_cfg = dict(styles=dict(number=4, sets=4))
