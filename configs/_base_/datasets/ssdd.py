# SSDD (docs/datasets/ssdd.md), 8-bit images of about 200 to 670 pixels
_base_ = './detection.py'

data_root = 'data/SSDD/'
_base_.train_dataloader.dataset.dataset.pipeline[3].scale = (1000, 600)
_base_.val_dataloader.dataset.pipeline[2].scale = (1000, 600)
_base_.test_dataloader.dataset.pipeline[2].scale = (1000, 600)

train_dataloader = dict(
    dataset=dict(dataset=dict(type='mmsar.SSDD', data_root=data_root, split='train'))
)
val_dataloader = dict(dataset=dict(type='mmsar.SSDD', data_root=data_root, split='test'))
test_dataloader = val_dataloader
