# The bridge network with two ResNet-18.
_base_ = './bridge_r50.py'

model = dict(
    sar_branch=dict(backbone=dict(depth=18), head=dict(in_channels=512)),
    optical_branch=dict(backbone=dict(depth=18), head=dict(in_channels=512)),
)
