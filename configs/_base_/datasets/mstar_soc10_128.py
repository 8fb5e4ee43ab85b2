# MSTAR of one vehicle a class, in a small copy with folders train and test: the 80 x 80 pixels in
# the middle of each chip, at 128 pixels, as in the small pre-training.
_base_ = './mstar_soc.py'

data_root = 'data/mstar_soc10/'
_base_.train_dataloader.dataset.dataset.pipeline[-3].size = 80
_base_.train_dataloader.dataset.dataset.pipeline[-2].scale = 128
_base_.val_dataloader.dataset.pipeline[-3].size = 80
_base_.val_dataloader.dataset.pipeline[-2].scale = 128
_base_.test_dataloader.dataset.pipeline[-3].size = 80
_base_.test_dataloader.dataset.pipeline[-2].scale = 128
train_dataloader = dict(dataset=dict(dataset=dict(data_root=data_root, serials='one')))
val_dataloader = dict(dataset=dict(data_root=data_root, serials='one'))
test_dataloader = dict(dataset=dict(data_root=data_root, serials='one'))
