# ResNet-50 on QXS-SAROPT with the recipe of the bridge network paper (section 4), from ImageNet
_base_ = [
    '../_base_/models/bridge_r50.py',
    '../_base_/datasets/qxs_saropt.py',
    '../_base_/schedules/sgd_200e.py',
    '../_base_/matching_runtime.py',
]
train_dataloader = dict(num_workers=4)
