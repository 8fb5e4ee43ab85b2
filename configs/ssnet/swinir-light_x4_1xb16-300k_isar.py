# SwinIR-light of mmagic on the same data.
_base_ = './ssnet_x4_1xb16-300k_isar.py'

model = dict(
    generator=dict(
        _delete_=True,
        type='SwinIRNet',
        upscale=4,
        in_chans=1,
        img_size=64,
        window_size=8,
        img_range=1.0,
        depths=[6, 6, 6, 6],
        embed_dim=60,
        num_heads=[6, 6, 6, 6],
        mlp_ratio=2,
        upsampler='pixelshuffledirect',
        resi_connection='1conv',
    )
)
