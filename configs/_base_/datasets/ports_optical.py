# The optical views of simulated ports, with the boxes of the radar images: both are aligned
_base_ = './ports.py'

colour = [
    dict(type='mmsar.LoadSARImage', channels=3),
    dict(type='mmsar.StretchSAR', rule='8bit'),
]
_base_.train_dataloader.dataset.dataset.pipeline[:2] = colour
_base_.val_dataloader.dataset.pipeline[:2] = colour
_base_.test_dataloader.dataset.pipeline[:2] = colour

data_prefix = dict(img='optical/')
train_dataloader = dict(dataset=dict(dataset=dict(data_prefix=data_prefix)))
val_dataloader = dict(dataset=dict(data_prefix=data_prefix))
test_dataloader = val_dataloader
