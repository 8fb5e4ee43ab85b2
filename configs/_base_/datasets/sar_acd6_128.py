# SAR-ACD in a small copy with folders train and test, at 128 pixels.
_base_ = './sar_acd.py'

data_root = 'data/sar_acd6/'
_base_.train_dataloader.dataset.dataset.pipeline[-2].scale = 128
_base_.val_dataloader.dataset.pipeline[-2].scale = 128
_base_.test_dataloader.dataset.pipeline[-2].scale = 128
train_dataloader = dict(dataset=dict(dataset=dict(data_root=data_root)))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = dict(dataset=dict(data_root=data_root))
