_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/ports.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
# Curves and pictures for TensorBoard as well: tensorboard --logdir work_dirs/quickstart
visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
# Ships here are 14 to 64 pixels long: smallest anchors of 24 pixels.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[3])))
max_epochs = 20
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
