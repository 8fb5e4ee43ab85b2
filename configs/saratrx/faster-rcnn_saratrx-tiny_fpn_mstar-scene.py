# A detector on HiViT-tiny for MSTAR composites. It starts from random weights; from pre-trained
# ones with model.backbone.init_cfg (docs/saratrx.md).
_base_ = [
    '../_base_/models/faster-rcnn_saratrx-tiny_fpn.py',
    '../_base_/datasets/mstar_scene.py',
    '../_base_/schedules/adamw_from-scratch_layer-decay.py',
    '../_base_/detection_runtime.py',
]
max_epochs = 32
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
