_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/quickstart.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
# Curves and pictures for TensorBoard as well: tensorboard --logdir work_dirs/quickstart
visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
# Ships here are 18 to 48 pixels long: smallest anchors of 32 pixels.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[4])))
