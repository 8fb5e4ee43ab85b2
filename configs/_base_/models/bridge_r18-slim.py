# The bridge network for two CPU cores: two ResNet-18 from random weights, as in the slim detectors.
# Group normalisation: batches are small, and two processes then compute what one does.
_base_ = './bridge_r18.py'

norm_cfg = dict(type='GN', num_groups=16, requires_grad=True)
model = dict(
    branch_init=None,
    sar_branch=dict(backbone=dict(norm_cfg=norm_cfg)),
    optical_branch=dict(backbone=dict(norm_cfg=norm_cfg)),
)
