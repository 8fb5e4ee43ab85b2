# The same with the small backbone, for chips of 128 pixels, from what tools/train.py left.
_base_ = './saratrx_probe_hivit-base.py'

model = dict(
    backbone=dict(
        arch='slim',
        img_size=128,
        init_cfg=dict(
            checkpoint='work_dirs/saratrx_hivit-slim_1xb64-coslr-100e_mstar-acd/epoch_100.pth',
            prefix='backbone.',
        ),
    ),
    neck=dict(dims=192),
    head=dict(in_channels=192),
)
