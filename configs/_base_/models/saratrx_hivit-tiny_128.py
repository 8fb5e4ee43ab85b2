# A small SARATR-X for chips of 128 pixels: 16 of 64 units are visible.
_base_ = './saratrx_hivit-base.py'

model = dict(
    backbone=dict(arch='tiny', img_size=128),
    neck=dict(in_dims=7 * 384, grid=(8, 8), embed_dims=192, depth=2, num_heads=6),
)
