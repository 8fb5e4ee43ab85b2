# SARATR-X, base (doi 10.1109/TIP.2025.3531988): HiViT sees a quarter of the units of 16 x 16
# pixels; six blocks predict the gradient features of the others at three scales.
model = dict(
    type='mmsar.SARATRX',
    data_preprocessor=dict(
        type='mmpretrain.SelfSupDataPreprocessor', mean=[0.0], std=[255.0]
    ),  # to 0..1
    backbone=dict(type='mmsar.HiViT', arch='base', img_size=224, concat_stages=True),
    neck=dict(
        type='mmsar.HiViTMAEDecoder',
        in_dims=3584,  # 7 * 512: the three stages together
        out_dims=768,  # 3 scales of 16 x 16 pixels
        grid=(14, 14),
        embed_dims=512,
        depth=6,
        num_heads=16,
    ),
    target_generator=dict(type='mmsar.GradientFeatures', radii=(9, 13, 17)),
    mask_ratio=0.75,
    # The published model's loss comes out with normalised targets only, though the published
    # command does not ask for them.
    norm_pix_loss=True,
)
