# As diffusers' script for LoRA on Stable Diffusion 3.5; the paper gives none of it.
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-4),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = []  # constant
auto_scale_lr = dict(base_batch_size=4)
