# Migration of simulated aircraft with the small networks that were trained on them:
# docs/migration.md, which has the figures that the weights, steps and rates were chosen by.
_base_ = [
    '../_base_/models/attention-distillation_sd15.py',
    '../_base_/migration_aircraft.py',
]
model = dict(
    pretrained='checkpoints/small_aircraft_unet',
    weights=dict(ad=1.0, content=1.0, speckle=0.4, high_frequency=2.0),
    speckle=dict(size=8, power=_base_.power),
    high_frequency=dict(mode='decibel'),
    size=64,
    steps=60,
    lr_schedule='cosine',
    dtype='float32',
)
