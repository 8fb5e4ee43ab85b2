# The same on a CPU, in minutes: narrow networks, 40 epochs.
_base_ = './pix2pix_1xb12-200e_aircraft.py'

model = dict(generator=dict(base_channels=16), discriminator=dict(base_channels=16, num_conv=2))
train_dataloader = dict(num_workers=0)
max_epochs = 40
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[0].update(begin=max_epochs // 2 - 1, end=max_epochs + 1)
param_scheduler = _base_.param_scheduler
for part in ('generators', 'discriminators'):
    _base_.optim_wrapper[part].optimizer.lr = 5e-4
optim_wrapper = _base_.optim_wrapper
