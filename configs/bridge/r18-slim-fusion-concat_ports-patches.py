# Is there a ship? Classification of aligned pairs, on patches of simulated ports. From a bridge
# network (bridge_r18-slim_ports.py), published with publish_backbone.py for each branch:
# --cfg-options model.backbone.branch_init.sar=SAR.pth
#     model.backbone.branch_init.optical=OPTICAL.pth
_base_ = [
    '../_base_/models/classifier_r18-slim-fusion.py',
    '../_base_/datasets/ports_patches.py',
    '../_base_/schedules/adamw_from-scratch.py',
    '../_base_/classification_runtime.py',
]
max_epochs = 10
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs
param_scheduler = _base_.param_scheduler
auto_scale_lr = dict(base_batch_size=32)
