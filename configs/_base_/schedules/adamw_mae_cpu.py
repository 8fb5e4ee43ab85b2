# adamw_mae_800e.py for a CPU and few chips: 100 epochs at a higher rate, for 64 chips a step.
_base_ = './adamw_mae_800e.py'

max_epochs = 100
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs - 5
_base_.param_scheduler[1].end = max_epochs
param_scheduler = _base_.param_scheduler
optim_wrapper = dict(optimizer=dict(lr=1e-3, fused=True))
auto_scale_lr = dict(base_batch_size=64)
