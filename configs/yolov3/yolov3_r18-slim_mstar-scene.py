_base_ = [
    '../_base_/models/yolov3_r18-slim.py',
    '../_base_/datasets/mstar_scene.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
max_epochs = 32
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
