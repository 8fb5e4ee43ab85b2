_base_ = '../../configs/_base_/default_runtime.py'

custom_imports = dict(imports=['mmsar', 'toy'])
default_scope = 'mmengine'
default_hooks = dict(
    logger=dict(interval=1),
    checkpoint=dict(max_keep_ckpts=1),
)
custom_hooks = [dict(type='DumpStateHook')]
model = dict(type='ToyModel')
train_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='mmsar.SeededSampler'),
    batch_sampler=dict(type='mmsar.ResumableBatchSampler'),
    dataset=dict(type='mmsar.SeededDataset', dataset=dict(type='ToyDataset')),
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=6)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
param_scheduler = dict(type='ExponentialLR', gamma=0.9)
