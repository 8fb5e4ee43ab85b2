# Pre-training on your own chips on a CPU, from random weights: all images below data_root, 8 bits.
_base_ = [
    '../_base_/models/saratrx_hivit-slim_128.py',
    '../_base_/datasets/sar186k.py',
    '../_base_/schedules/adamw_mae_cpu.py',
    '../_base_/classification_runtime.py',
]
data_root = 'data/chips/'
# Half of a chip at least: small crops need longer training.
_base_.train_pipeline[2].update(scale=128, crop_ratio_range=(0.5, 1.0))
train_dataloader = dict(
    batch_size=64,
    num_workers=1,
    batch_sampler=dict(global_batch=True),  # shared by any number of processes
    dataset=dict(dataset=dict(data_root=data_root, ann_file='', pipeline=_base_.train_pipeline)),
)
custom_hooks = [dict(type='mmsar.ReconstructionHook', interval=20)]
visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])
