# StarGAN as published, for one channel and chips of 64 pixels; the labels are the two sensors.
model = dict(
    type='mmsar.StarGAN',
    generator=dict(type='mmsar.StarGANGenerator', base_channels=64, num_blocks=6),
    discriminator=dict(
        type='mmsar.StarGANDiscriminator', image_size=64, base_channels=64, num_halvings=6
    ),
    num_classes=0,
    penalty_weight=10.0,
    cycle_weight=10.0,
    label_weight=1.0,
    critic_steps=5,
)
