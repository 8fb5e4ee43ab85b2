# SARDet-100K (docs/datasets/sardet_100k.md), 8-bit crops of about 512 x 512
_base_ = './detection.py'

data_root = 'data/SARDet-100K/'
train_dataloader = dict(
    dataset=dict(dataset=dict(type='mmsar.SARDet100K', data_root=data_root, split='train'))
)
val_dataloader = dict(dataset=dict(type='mmsar.SARDet100K', data_root=data_root, split='val'))
test_dataloader = dict(dataset=dict(type='mmsar.SARDet100K', data_root=data_root, split='test'))
