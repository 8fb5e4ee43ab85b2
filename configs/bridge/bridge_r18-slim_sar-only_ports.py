# Self-supervision by radar images alone: the two branches match two noisy versions of one radar
# patch. All else is as in bridge_r18-slim_ports.py.
_base_ = './bridge_r18-slim_ports.py'

prefix = dict(sar='images/', optical='images/')
load = []
noise = []
for key, channels in (('sar', 1), ('optical', 3)):
    load += [{**_base_.load[0], 'key': key, 'channels': channels}]
    noise += [
        dict(type='mmsar.SpeckleNoise', key=key, looks=3),
        dict(type='mmsar.RandomRadiometry', key=key, gain_db=(-3, 3)),
    ]
stretch = [{**_base_.load[1], 'key': key} for key in prefix]
_base_.train_dataloader.dataset.dataset.pipeline[:4] = [*load, *noise, *stretch]
_base_.val_dataloader.dataset.pipeline[:4] = [*load, *noise, *stretch]
_base_.val_dataloader.dataset.data_prefix = prefix
train_dataloader = dict(dataset=dict(dataset=dict(data_prefix=prefix)))
# The noise of the validation follows the seed as well.
val_dataloader = dict(
    sampler=dict(type='mmsar.SeededSampler', shuffle=False),
    dataset=dict(_delete_=True, type='mmsar.SeededDataset', dataset=_base_.val_dataloader.dataset),
)
test_dataloader = val_dataloader
