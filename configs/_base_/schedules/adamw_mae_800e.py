# AdamW for 800 epochs (SARATR-X): 5 of linear warm-up, then a cosine to zero, step by step. The
# rate is 1.5e-4 for 256 images. Weights of one dimension are not decayed; positions and the mask
# token are, as in the published code.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=800)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1.5e-4 * 800 / 256, betas=(0.9, 0.95), weight_decay=0.05),
    constructor='mmsar.LayerDecayConstructor',  # few groups: faster steps
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0, flat_decay_mult=0.0),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=1e-4,
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=795,
        by_epoch=True,
        begin=5,
        end=800,
        convert_to_iter_based=True,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=800)
