# A baseline of the paper: StarGAN.
_base_ = [
    '../_base_/models/stargan.py',
    '../_base_/datasets/aircraft_unpaired.py',
    '../_base_/schedules/adam_gan_200e.py',
    '../_base_/translation_runtime.py',
]
optim_wrapper = dict(
    constructor='mmsar.PartOptimisers',
    generator=_base_.adam,
    discriminator=_base_.adam,
)
# Twelve images a step: six of each sensor.
train_dataloader = dict(batch_size=6)
