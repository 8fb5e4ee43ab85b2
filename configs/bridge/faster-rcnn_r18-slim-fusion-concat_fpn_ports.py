# Ships in aligned pairs, on simulated ports. From random weights, as the other slim detectors; from
# a bridge network (bridge_r18-slim_ports.py), published with publish_backbone.py for each branch:
# --cfg-options model.backbone.branch_init.sar=SAR.pth
#     model.backbone.branch_init.optical=OPTICAL.pth
_base_ = [
    '../_base_/models/faster-rcnn_r18-slim-fusion_fpn.py',
    '../_base_/datasets/ports_fusion.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
# Ships here are 14 to 64 pixels long: smallest anchors of 24 pixels.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[3])))
max_epochs = 20
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
