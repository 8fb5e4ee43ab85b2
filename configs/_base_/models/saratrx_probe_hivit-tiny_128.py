# The same with the small backbone, for chips of 128 pixels, from what tools/train.py left.
_base_ = './saratrx_probe_hivit-base.py'

model = dict(
    backbone=dict(
        arch='tiny',
        img_size=128,
        init_cfg=dict(
            checkpoint='work_dirs/saratrx_hivit-tiny_1xb64-coslr-120e_mstar-acd/epoch_120.pth',
            prefix='backbone.',
        ),
    ),
    neck=dict(dims=384),
    head=dict(in_channels=384),
)
