# Simulated ports with their optical views: three channels of the radar, then red, green, blue
_base_ = './ports.py'

views = [
    dict(type='mmsar.LoadSARImage', key='optical', channels=3),
    dict(type='mmsar.StretchSAR', key='optical', rule='8bit'),
    dict(type='mmsar.StackViews'),
]
_base_.train_dataloader.dataset.dataset.pipeline[2:2] = views
_base_.val_dataloader.dataset.pipeline[2:2] = views
_base_.test_dataloader.dataset.pipeline[2:2] = views

data_prefix = dict(img='images/', optical='optical/')
train_dataloader = dict(dataset=dict(dataset=dict(data_prefix=data_prefix)))
val_dataloader = dict(dataset=dict(data_prefix=data_prefix))
test_dataloader = val_dataloader
