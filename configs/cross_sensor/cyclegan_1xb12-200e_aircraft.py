# A baseline of the paper: CycleGAN.
_base_ = [
    '../_base_/models/cyclegan.py',
    '../_base_/datasets/aircraft_unpaired.py',
    '../_base_/schedules/adam_gan_200e.py',
    '../_base_/translation_runtime.py',
]
optim_wrapper = dict(
    constructor='mmsar.PartOptimisers',
    generators=_base_.adam,
    discriminators=_base_.adam,
)
