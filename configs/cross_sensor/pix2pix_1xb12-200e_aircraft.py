# A baseline of the paper: Pix2pix. The paper does not say where it has pairs from.
_base_ = [
    '../_base_/models/pix2pix.py',
    '../_base_/datasets/aircraft_unpaired.py',
    '../_base_/schedules/adam_gan_200e.py',
    '../_base_/translation_runtime.py',
]
optim_wrapper = dict(
    constructor='mmsar.PartOptimisers',
    generators=_base_.adam,
    discriminators=_base_.adam,
)
# Not real pairs: of its class, the chip of the new sensor that is most like it, in the nearest
# pose. Real ones, which only a simulation has (simulate_aircraft.py --pairs N): by='name', and
# content.data_root, style.data_root = data/aircraft/pairs/sar1, data/aircraft/pairs/sar2.
train_dataloader = dict(
    dataset=dict(dataset=dict(type='mmsar.PairedChips', by='correlation', smooth=2.0))
)
