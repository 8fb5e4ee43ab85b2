# The same on a CPU, in minutes: narrow networks, parts of chips, small batches, 14 epochs.
_base_ = './cyclegan_1xb12-200e_aircraft.py'

model = dict(
    generator=dict(base_channels=12, num_blocks=3),
    discriminator=dict(base_channels=12, num_conv=2),
)
_base_.train_dataloader.dataset.dataset.augment.append(dict(type='mmsar.RandomChipCrop', size=32))
train_dataloader = dict(batch_size=4, num_workers=0, dataset=_base_.train_dataloader.dataset)
max_epochs = 14
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[0].update(begin=max_epochs // 2 - 1, end=max_epochs + 1)
param_scheduler = _base_.param_scheduler
for part in ('generators', 'discriminators'):
    _base_.optim_wrapper[part].optimizer.lr = 5e-4
optim_wrapper = _base_.optim_wrapper
