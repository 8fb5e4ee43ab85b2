# Pre-training on a CPU, from random weights: the training parts of MSTAR (10 classes) and SAR-ACD
# (6 types of aircraft), without their labels. For your own chips, set data_root and folders.
_base_ = [
    '../_base_/models/saratrx_hivit-tiny_128.py',
    '../_base_/datasets/sar186k.py',
    '../_base_/schedules/adamw_mae_800e.py',
    '../_base_/classification_runtime.py',
]
data_root = 'data/'
_base_.train_dataloader.dataset.dataset.pipeline[2].scale = 128
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    batch_sampler=dict(global_batch=True),  # shared by any number of processes
    dataset=dict(
        dataset=dict(
            data_root=data_root, ann_file='', folders=['mstar_soc10/train', 'sar_acd6/train']
        )
    ),
)
max_epochs = 120
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[1].T_max = max_epochs - 5
_base_.param_scheduler[1].end = max_epochs
param_scheduler = _base_.param_scheduler
# Twelve times the published rate for 64 images: there are few steps.
optim_wrapper = dict(optimizer=dict(lr=5e-4, fused=True))
auto_scale_lr = dict(base_batch_size=64)
custom_hooks = [dict(type='mmsar.ReconstructionHook', interval=20)]
visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
