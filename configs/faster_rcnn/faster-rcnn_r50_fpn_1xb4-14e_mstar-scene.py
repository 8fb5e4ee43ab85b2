# The full-size model, from ImageNet weights (downloaded at the first run).
_base_ = [
    '../_base_/models/faster-rcnn_r50_fpn.py',
    '../_base_/datasets/mstar_scene.py',
    '../_base_/schedules/sgd_14e.py',
    '../_base_/detection_runtime.py',
]
# The learning rate of the schedule is for 8 images a step.
optim_wrapper = dict(optimizer=dict(lr=0.01))
# 9 iterations an epoch: a short warm-up.
_base_.param_scheduler[0].end = 20
param_scheduler = _base_.param_scheduler
