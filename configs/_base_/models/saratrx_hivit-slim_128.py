# A slim SARATR-X for chips of 128 pixels on a CPU: 16 of 64 units are visible.
_base_ = './saratrx_hivit-base.py'

model = dict(
    backbone=dict(arch='slim', img_size=128),
    neck=dict(in_dims=7 * 192, grid=(8, 8), embed_dims=128, depth=2, num_heads=4),
    # Windows for 128 pixels; the published ones (9, 13, 17) are for chips enlarged to 224.
    target_generator=dict(radii=(3, 5, 9)),
)
