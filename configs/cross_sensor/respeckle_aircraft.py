# A baseline of migration: resolution and speckle of the C-band sensor of docs/aircraft.md.
_base_ = '../_base_/migration_aircraft.py'

model = dict(type='mmsar.Respeckle', resolution=2.5, looks=4, power=_base_.power)
