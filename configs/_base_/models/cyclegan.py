# CycleGAN as published, for one channel.
model = dict(
    type='mmsar.CycleGAN',
    generator=dict(
        type='mmagic.ResnetGenerator',
        in_channels=1,
        out_channels=1,
        base_channels=64,
        norm_cfg=dict(type='IN'),
        use_dropout=False,
        num_blocks=9,
        padding_mode='reflect',
    ),
    discriminator=dict(
        type='mmagic.PatchDiscriminator',
        in_channels=1,
        base_channels=64,
        num_conv=3,
        norm_cfg=dict(type='IN'),
    ),
    buffer_size=50,
    cycle_weight=10.0,
    identity_weight=5.0,
)
