# First step of the quickstart: learn from unlabelled optical-SAR pairs what is alike
_base_ = '../bridge/bridge_r18-slim_ports.py'

max_epochs = 20
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
