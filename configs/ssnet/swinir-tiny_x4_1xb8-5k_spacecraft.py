# SwinIR of mmagic for a CPU, on the same data.
_base_ = './ssnet-tiny_x4_1xb8-5k_spacecraft.py'

model = dict(
    generator=dict(
        _delete_=True,
        type='SwinIRNet',
        upscale=4,
        in_chans=1,
        img_size=32,
        window_size=8,
        img_range=1.0,
        depths=[2, 2],
        embed_dim=32,
        num_heads=[4, 4],
        mlp_ratio=2,
        upsampler='pixelshuffledirect',
        resi_connection='1conv',
    )
)
optim_wrapper = dict(optimizer=dict(lr=2e-3))  # a guess: not searched
