# FUSAR-Ship in ten classes: docs/datasets/fusar_ship.md.
_base_ = './classification.py'

data_root = 'data/FUSAR-Ship/'
data_preprocessor = dict(num_classes=10)
dataset = dict(type='mmsar.FUSARShip', data_root=data_root)
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, split='train')))
val_dataloader = dict(dataset=dict(**dataset, split='test'))
test_dataloader = val_dataloader
