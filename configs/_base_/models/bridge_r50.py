# The bridge network with two ResNet-50: optical-SAR matching (bridge network paper, section 2.1).
# Both branches start from ImageNet weights (branch_init='imagenet' is the default), as in the
# published code; the paper does not say.
images = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], channels=3)
branch = dict(
    backbone=dict(
        type='mmdet.ResNet',
        depth=50,
        out_indices=(3,),
        norm_eval=False,  # the published code keeps ImageNet's statistics
        style='pytorch',
    ),
    head=dict(type='mmsar.BridgeHead', in_channels=2048, out_channels=50),
)
model = dict(
    type='mmsar.BridgeNetwork',
    # SAR images are grey: repeated to the three channels that ImageNet weights take
    data_preprocessor=dict(type='mmsar.PairDataPreprocessor', sar=images, optical=images),
    sar_branch=branch,
    optical_branch=branch,
    loss=dict(type='mmsar.BridgeLoss', alpha=1.0),
)
