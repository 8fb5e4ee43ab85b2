# The same on a CPU, in minutes: narrow networks, parts of chips, 40 epochs.
_base_ = './stargan_1xb12-200e_aircraft.py'

model = dict(
    generator=dict(base_channels=16, num_blocks=4),
    discriminator=dict(image_size=32, base_channels=16, num_halvings=4),
)
_base_.train_dataloader.dataset.dataset.augment.append(dict(type='mmsar.RandomChipCrop', size=32))
train_dataloader = dict(num_workers=0, dataset=_base_.train_dataloader.dataset)
max_epochs = 40
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[0].update(begin=max_epochs // 2 - 1, end=max_epochs + 1)
param_scheduler = _base_.param_scheduler
for part in ('generator', 'discriminator'):
    _base_.optim_wrapper[part].optimizer.lr = 5e-4
optim_wrapper = _base_.optim_wrapper
