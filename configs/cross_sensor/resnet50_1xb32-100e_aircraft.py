# The classifier of the paper, "a standard ResNet50". It gives neither its start nor its training;
# both are choices: weights from nothing (Kaiming, as mmpretrain draws them), AdamW, 100 epochs.
# Three equal channels, so that published weights can start it:
#   model.backbone.init_cfg = dict(type='Pretrained', checkpoint='resnet50.pth', prefix='backbone.')
# with the mean and deviation of these weights in data_preprocessor.
_base_ = ['../_base_/datasets/aircraft.py', '../_base_/classification_runtime.py']

train_pipeline = [
    dict(type='mmsar.LoadSARImage', domain_in='amplitude', channels=3),
    dict(type='mmsar.StretchSAR', rule='db', low=32, high=72),
    dict(type='mmsar.ResizeChip', scale=224),
    # Along azimuth alone: the radar looks from one side.
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='PackInputs'),
]
test_pipeline = [step for step in train_pipeline if step['type'] != 'RandomFlip']
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=50, num_stages=4, out_indices=(3,), style='pytorch'),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=7,
        in_channels=2048,
        loss=dict(type='CrossEntropyLoss', loss_weight=1.0),
        topk=(1,),
    ),
)
train_dataloader = dict(batch_size=32, dataset=dict(dataset=dict(pipeline=train_pipeline)))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
max_epochs = 100
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=max_epochs)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=True, begin=0, end=5),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=5, end=max_epochs, T_max=95),
]
default_hooks = dict(checkpoint=dict(interval=max_epochs))
