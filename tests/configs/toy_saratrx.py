_base_ = './toy_epoch.py'

custom_imports = dict(imports=['mmsar', 'toy', 'toy_chips'])
model = dict(
    _delete_=True,
    type='mmsar.SARATRX',
    data_preprocessor=dict(mean=[0.0], std=[255.0]),
    backbone=dict(
        type='mmsar.HiViT',
        arch=dict(embed_dims=16, depths=(1, 1, 1), num_heads=2),
        img_size=32,
        concat_stages=True,
    ),
    neck=dict(
        type='mmsar.HiViTMAEDecoder',
        in_dims=112,
        out_dims=256,
        grid=(2, 2),
        embed_dims=8,
        depth=1,
        num_heads=2,
    ),
    target_generator=dict(type='mmsar.GradientFeatures', radii=(3,)),
)
train_dataloader = dict(
    batch_size=4,
    collate_fn=dict(type='default_collate'),
    batch_sampler=dict(global_batch=True),
    dataset=dict(dataset=dict(type='ToyChips')),
)
train_cfg = dict(max_epochs=5)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='AdamW', lr=3e-3))
