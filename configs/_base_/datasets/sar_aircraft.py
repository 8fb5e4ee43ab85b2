# SAR-AIRcraft-1.0 (docs/datasets/sar_aircraft.md), 8-bit images of 800 to 1500 pixels
_base_ = './detection.py'

data_root = 'data/SAR-AIRcraft-1.0/'
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (1000, 1000)
_base_.val_dataloader.dataset.pipeline[2].scale = (1000, 1000)
_base_.test_dataloader.dataset.pipeline[2].scale = (1000, 1000)

train_dataloader = dict(
    dataset=dict(dataset=dict(type='mmsar.SARAIRcraft', data_root=data_root, split='train'))
)
val_dataloader = dict(dataset=dict(type='mmsar.SARAIRcraft', data_root=data_root, split='val'))
test_dataloader = dict(dataset=dict(type='mmsar.SARAIRcraft', data_root=data_root, split='test'))
