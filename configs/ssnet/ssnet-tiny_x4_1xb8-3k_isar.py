# SSNet for a CPU, x4: patches of 32 pixels.
_base_ = './ssnet_x4_1xb16-300k_isar.py'

max_iters = 3000
model = dict(generator=dict(num_feats=16, num_groups=2, num_blocks=1))
_base_.train_dataloader.dataset.dataset.pipeline[4].size = 32
train_dataloader = dict(batch_size=8, num_workers=1)
train_cfg = dict(max_iters=max_iters, val_interval=500)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
_base_.param_scheduler[0].end = 100
_base_.param_scheduler[1].update(begin=100, end=max_iters, T_max=max_iters - 100)
param_scheduler = _base_.param_scheduler
default_hooks = dict(checkpoint=dict(interval=500))
_base_.custom_hooks[0].momentum = 0.01
custom_hooks = _base_.custom_hooks
