# Migration of simulated aircraft with the small networks that were trained on them:
# docs/migration.md.
_base_ = [
    '../_base_/models/attention-distillation_sd15.py',
    '../_base_/migration_aircraft.py',
]
model = dict(
    pretrained='checkpoints/small_aircraft_unet',
    speckle=dict(size=8, power=_base_.power),
    size=64,
    steps=100,
    dtype='float32',
)
