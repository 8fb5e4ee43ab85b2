# A baseline of the paper: contrastive unpaired translation.
_base_ = [
    '../_base_/models/cut.py',
    '../_base_/datasets/aircraft_unpaired.py',
    '../_base_/schedules/adam_gan_200e.py',
    '../_base_/translation_runtime.py',
]
optim_wrapper = dict(
    constructor='mmsar.PartOptimisers',
    generator=_base_.adam,
    heads=_base_.adam,
    discriminator=_base_.adam,
)
