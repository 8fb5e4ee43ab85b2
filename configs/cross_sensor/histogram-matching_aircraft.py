# A baseline of migration: the distribution of values of the references.
_base_ = '../_base_/migration_aircraft.py'

model = dict(type='mmsar.HistogramMatching')
