# SGD for 200 epochs, half the learning rate after epochs 30 and 100 (bridge network paper, section
# 4.2.1). For a batch of 20 pairs. The paper gives neither momentum nor weight decay, the published
# code has none.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=200, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01, momentum=0, weight_decay=0)
)
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=200, milestones=[30, 100], gamma=0.5)
]
auto_scale_lr = dict(enable=False, base_batch_size=20)
# With several GPUs each has few pairs: batch normalisation sees the whole batch. Falls back to the
# usual one on CPUs.
sync_bn = 'torch'
