# adamw_restoration.py for small networks and patches on a CPU: 5000 steps at a high rate.
_base_ = './adamw_restoration.py'

max_iters = 5000
train_cfg = dict(max_iters=max_iters, val_interval=1000)
optim_wrapper = dict(optimizer=dict(lr=1e-2, betas=(0.9, 0.99)))
_base_.param_scheduler[0].end = 100
_base_.param_scheduler[1].update(begin=100, end=max_iters, T_max=max_iters - 100)
param_scheduler = _base_.param_scheduler
auto_scale_lr = dict(base_batch_size=8)
