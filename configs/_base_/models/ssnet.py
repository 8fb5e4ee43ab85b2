# SSNet (IEEE Xplore 10536725) for one channel in 0..1; published sizes.
model = dict(
    type='mmsar.RadarRestorer',
    scale=4,
    generator=dict(
        type='mmsar.SSNet',
        in_channels=1,
        out_channels=1,
        num_feats=80,
        chan_factor=1.5,
        num_groups=4,
        num_blocks=2,
        scale=4,
    ),
    pixel_loss=dict(type='CharbonnierLoss', eps=1e-6),
    value_range=(0.0, 1.0),
    data_preprocessor=dict(type='mmsar.RestorationPreprocessor'),
)
