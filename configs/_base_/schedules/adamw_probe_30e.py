# SARATR-X's linear probing: AdamW for 30 epochs; one at 1e-5, then a cosine, epoch by epoch. For 25
# images. As in the published schedule, the cosine is one of 30 epochs, of which 29 pass.
max_epochs = 30

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=max_epochs)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.95), weight_decay=1e-4),
)
param_scheduler = [
    # mmengine gives the rate back in the last epoch of it
    dict(type='ConstantLR', factor=0.01, by_epoch=True, begin=0, end=2),
    dict(type='CosineAnnealingLR', T_max=max_epochs, by_epoch=True, begin=1, end=max_epochs),
]
auto_scale_lr = dict(enable=False, base_batch_size=25)
