# CUT as published, for one channel.
model = dict(
    type='mmsar.CUT',
    generator=dict(type='mmsar.CUTGenerator', base_channels=64, num_blocks=9),
    discriminator=dict(type='mmsar.BlurPatchDiscriminator', base_channels=64, num_halvings=3),
    layers=(0, 4, 8, 12, 16),
    patches=256,
    head_channels=256,
    temperature=0.07,
    nce_weight=1.0,
    gan_weight=1.0,
    identity=True,
)
