# EDSR of mmagic for a CPU, on the same data.
_base_ = './ssnet-tiny_x4_1xb8-5k_spacecraft.py'

model = dict(
    generator=dict(
        _delete_=True,
        type='EDSRNet',
        in_channels=1,
        out_channels=1,
        mid_channels=32,
        num_blocks=4,
        upscale_factor=4,
        rgb_mean=[0.0],
        rgb_std=[1.0],
    )
)
optim_wrapper = dict(optimizer=dict(lr=2e-3))  # a guess: not searched
