# The bridge network for two CPU cores: two ResNet-18 from random weights with group normalisation,
# as in the slim detectors. Without ImageNet weights and with few images it needs more negatives
# than the one a pair of the paper, and codes that stay apart: see BridgeNetwork and BridgeHead.
_base_ = './bridge_r18.py'

norm_cfg = dict(type='GN', num_groups=16, requires_grad=True)
branch = dict(backbone=dict(norm_cfg=norm_cfg), head=dict(batch_norm=True))
model = dict(
    branch_init=None,
    batch_negatives=True,
    sar_branch=branch,
    optical_branch=branch,
)
