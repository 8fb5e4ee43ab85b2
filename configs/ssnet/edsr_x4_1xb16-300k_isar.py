# EDSR-baseline of mmagic on the same data.
_base_ = './ssnet_x4_1xb16-300k_isar.py'

model = dict(
    generator=dict(
        _delete_=True,
        type='EDSRNet',
        in_channels=1,
        out_channels=1,
        mid_channels=64,
        num_blocks=16,
        upscale_factor=4,
        rgb_mean=[0.0],
        rgb_std=[1.0],
    )
)
