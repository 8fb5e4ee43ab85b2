# MSTAR, ten classes of vehicles under standard operating conditions: docs/datasets/mstar.md.
# variant='EOC-1', 'EOC-2C' or 'EOC-2V' are the others; they have four classes.
_base_ = './classification.py'

data_root = 'data/MSTAR/'
pipeline = [
    *_base_.pipeline[:2],
    # Chips of 128 to 193 pixels: their size must not tell the class.
    dict(type='mmsar.CentreCropOrPad', size=128),
    *_base_.pipeline[2:],
]
data_preprocessor = dict(num_classes=10)
dataset = dict(type='mmsar.MSTAR', data_root=data_root, variant='SOC', serials='three')
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, split='train', pipeline=pipeline)))
val_dataloader = dict(dataset=dict(**dataset, split='test', pipeline=pipeline))
test_dataloader = val_dataloader
