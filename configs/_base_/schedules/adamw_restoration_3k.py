# adamw_restoration.py for a CPU: 3000 steps at a higher rate.
_base_ = './adamw_restoration.py'

max_iters = 3000
train_cfg = dict(max_iters=max_iters, val_interval=500)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
_base_.param_scheduler[0].end = 100
_base_.param_scheduler[1].update(begin=100, end=max_iters, T_max=max_iters - 100)
param_scheduler = _base_.param_scheduler
auto_scale_lr = dict(base_batch_size=8)
