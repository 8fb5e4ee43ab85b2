# AdamW, warm-up, cosine to next to nothing. No recipe of SSNet is published: this is a choice.
max_iters = 300_000

train_cfg = dict(type='mmsar.IterTrainLoop', max_iters=max_iters, val_interval=5000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=2e-4, betas=(0.9, 0.9), weight_decay=0.0),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=1000),
    dict(
        type='CosineAnnealingLR',
        by_epoch=False,
        begin=1000,
        end=max_iters,
        T_max=max_iters - 1000,
        eta_min=1e-7,
    ),
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
