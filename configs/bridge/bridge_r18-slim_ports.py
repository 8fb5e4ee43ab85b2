# A bridge network for two CPU cores, on simulated ports
_base_ = [
    '../_base_/models/bridge_r18-slim.py',
    '../_base_/datasets/ports_pairs.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/matching_runtime.py',
]
max_epochs = 30
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
# Two networks and the state of their optimiser are 270 MB.
default_hooks = dict(checkpoint=dict(interval=10))
train_dataloader = dict(dataset=dict(dataset=dict(negatives='none')))
# Chosen on the training scenes (--cfg-options test_dataloader.dataset.pattern=train_*)
val_evaluator = dict(threshold=0.25)
test_evaluator = val_evaluator
