# HRSID (docs/datasets/hrsid.md), 8-bit images of 800 x 800
_base_ = './detection.py'

data_root = 'data/HRSID/'
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (800, 800)
_base_.val_dataloader.dataset.pipeline[2].scale = (800, 800)
_base_.test_dataloader.dataset.pipeline[2].scale = (800, 800)

train_dataloader = dict(
    dataset=dict(dataset=dict(type='mmsar.HRSID', data_root=data_root, split='train'))
)
val_dataloader = dict(dataset=dict(type='mmsar.HRSID', data_root=data_root, split='test'))
test_dataloader = val_dataloader
