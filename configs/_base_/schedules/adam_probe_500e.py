# Linear probing to the end: the minimum of the penalised loss, which is logistic regression on the
# same features. The weights alone are penalised; scikit-learn's C is 1 / (weight_decay * chips).
# For features that are taken once (tools/analysis_tools/few_shot.py), 500 epochs take seconds.
max_epochs = 500

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=max_epochs)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    # Adam, not AdamW: the penalty is part of the loss
    optimizer=dict(type='Adam', lr=3e-2, weight_decay=1e-3),
    # Batch norm takes the scale of fc_norm out again: a penalty would only shrink it.
    paramwise_cfg=dict(custom_keys=dict(norm=dict(decay_mult=0), bias=dict(decay_mult=0))),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=max_epochs, by_epoch=True, begin=0, end=max_epochs),
]
auto_scale_lr = dict(enable=False, base_batch_size=256)
