# A small classifier of simulated aircraft. Training and test folders, relative to data/aircraft:
#   train_dataloader.dataset.dataset.folders, val_dataloader.dataset.folders, test_dataloader...
_base_ = ['../_base_/datasets/aircraft.py', '../_base_/classification_runtime.py']

model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ResNet',
        depth=18,
        in_channels=1,
        base_channels=16,
        stem_channels=16,
        num_stages=4,
        out_indices=(3,),
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=7,
        in_channels=128,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
max_epochs = 40
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=max_epochs)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05))
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=max_epochs)]
default_hooks = dict(checkpoint=dict(interval=max_epochs))
