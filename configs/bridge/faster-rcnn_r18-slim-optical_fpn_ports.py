# Ships in the optical views of simulated ports; the quick start's detector has the radar images of
# the same scenes. From the optical branch of a bridge network, published with publish_backbone.py:
# --cfg-options model.backbone.init_cfg._delete_=True model.backbone.init_cfg.type=Pretrained
#     model.backbone.init_cfg.checkpoint=OPTICAL.pth
_base_ = [
    '../_base_/models/faster-rcnn_r18-slim_fpn.py',
    '../_base_/datasets/ports_optical.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/detection_runtime.py',
]
# Ships here are 14 to 64 pixels long: smallest anchors of 24 pixels.
model = dict(rpn_head=dict(anchor_generator=dict(scales=[3])))
max_epochs = 20
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
