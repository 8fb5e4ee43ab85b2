# SAR-VSA, 25 classes: docs/datasets/sar_vsa.md. Its lists are made with
# tools/dataset_converters/build_sar_vsa.py data/SAR-VSA --mstar ... --fusar-ship ... --sar-acd ...
_base_ = './classification.py'

data_root = 'data/SAR-VSA/'
pipeline = [
    *_base_.pipeline[:2],
    # Chips of MSTAR have 128 to 193 pixels: their size must not tell the class.
    dict(type='mmsar.CentreCropOrPad', size=128, sets=['mstar']),
    *_base_.pipeline[2:],
]
data_preprocessor = dict(num_classes=25)
dataset = dict(type='mmsar.SARVSA', data_root=data_root)
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, split='train', pipeline=pipeline)))
val_dataloader = dict(dataset=dict(**dataset, split='test', pipeline=pipeline))
test_dataloader = val_dataloader
