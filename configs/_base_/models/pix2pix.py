# Pix2pix as published, for one channel; the U-Net halves chips of 64 pixels six times, where that
# for 256 pixels does so eight times.
model = dict(
    type='mmsar.Pix2Pix',
    generator=dict(
        type='mmagic.UnetGenerator',
        in_channels=1,
        out_channels=1,
        num_down=6,
        base_channels=64,
        norm_cfg=dict(type='BN'),
        use_dropout=True,
    ),
    discriminator=dict(
        type='mmagic.PatchDiscriminator',
        in_channels=2,
        base_channels=64,
        num_conv=3,
        norm_cfg=dict(type='BN'),
    ),
    pixel_weight=100.0,
)
