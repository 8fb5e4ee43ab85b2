# A detector on HiViT-tiny for the simulated ports. It starts from random weights; from pre-trained
# ones with model.backbone.init_cfg (docs/saratrx.md).
_base_ = [
    '../_base_/models/faster-rcnn_saratrx-tiny_fpn.py',
    '../_base_/datasets/ports.py',
    '../_base_/schedules/adamw_from-scratch_layer-decay.py',
    '../_base_/detection_runtime.py',
]
# Ships here are 14 to 64 pixels long: smallest anchors of 24 pixels.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[3])))
max_epochs = 20
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
