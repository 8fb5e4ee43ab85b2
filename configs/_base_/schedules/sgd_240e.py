# SGD for 240 epochs: 500 iterations of warm-up, a tenth of the learning rate after epochs 160 and
# 200 (bridge network paper, section 4.2.2).
# The paper gives momentum and weight decay for Faster R-CNN only; these are YOLOv3's in mmdet.
momentum = 0.9
weight_decay = 5e-4

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=240, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.001, momentum=momentum, weight_decay=weight_decay),
    clip_grad=dict(max_norm=35),  # not in the paper; mmdet's guard of YOLOv3
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=True, begin=0, end=240, milestones=[160, 200], gamma=0.1),
]
auto_scale_lr = dict(enable=False, base_batch_size=12)
# With several GPUs each has few images: batch normalisation sees the whole batch. Falls back to
# the usual one on CPUs.
sync_bn = 'torch'
