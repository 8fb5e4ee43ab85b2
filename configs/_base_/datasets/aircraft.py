# Simulated aircraft of seven types (docs/aircraft.md), for a classifier.
_base_ = './classification.py'

data_root = 'data/aircraft/'
classes = ('B-52', 'Boeing-747', 'Boeing-767', 'C-130', 'C-17', 'F-15', 'F-16')
pipeline = [
    dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=1),
    dict(type='mmsar.StretchSAR', rule='db', low=32, high=72),  # sigma nought -28 to 12 dB
    dict(type='mmsar.ResizeChip', scale=64),
    dict(type='PackInputs'),
]
chips = dict(
    type='mmsar.SARChips',
    data_root=data_root,
    labelled=True,
    metainfo=dict(classes=classes),
    pipeline=pipeline,
)
data_preprocessor = dict(num_classes=7)
# Which folders is said by the config: SAR1 or SAR2, train and test.
train_dataloader = dict(batch_size=16, dataset=dict(dataset=dict(_delete_=True, **chips)))
val_dataloader = dict(dataset=dict(_delete_=True, test_mode=True, **chips))
test_dataloader = val_dataloader
