# SAR-ACD, six types of civil aircraft: docs/datasets/sar_acd.md.
_base_ = './classification.py'

data_root = 'data/SAR-ACD/'
data_preprocessor = dict(num_classes=6)
# Whole groups of views are drawn to train and to test.
dataset = dict(type='mmsar.SARACD', data_root=data_root, types='six', seed=0)
train_dataloader = dict(dataset=dict(dataset=dict(**dataset, split='train')))
val_dataloader = dict(dataset=dict(**dataset, split='test'))
test_dataloader = val_dataloader
