# SARATR-X, the published recipe: pre-training on 186 k SAR chips, from HiViT's ImageNet weights:
# python tools/model_converters/saratrx.py mae_hivit_base_1600ep.pth \
#     checkpoints/mae_hivit-base_1600e.pth --part backbone
_base_ = [
    '../_base_/models/saratrx_hivit-base.py',
    '../_base_/datasets/sar186k.py',
    '../_base_/schedules/adamw_mae_800e.py',
    '../_base_/classification_runtime.py',
]
model = dict(
    backbone=dict(
        init_cfg=dict(type='Pretrained', checkpoint='checkpoints/mae_hivit-base_1600e.pth')
    ),
)
# 100 chips on each of 8 GPUs, or 800 shared by any other number of processes
train_dataloader = dict(batch_size=800, num_workers=8, batch_sampler=dict(global_batch=True))
default_hooks = dict(checkpoint=dict(interval=20))
custom_hooks = [dict(type='mmsar.ReconstructionHook', interval=20)]
