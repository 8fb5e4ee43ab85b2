# A small U-Net for migration, on simulated aircraft, behind the trained autoencoder:
# docs/migration.md.
_base_ = [
    '../_base_/datasets/aircraft_networks.py',
    '../_base_/latent_runtime.py',
    '../_base_/schedules/adamw_latent_2k.py',
]
model = dict(
    type='mmsar.LatentDiffusion',
    pretrained='checkpoints/small_aircraft_vae',
    data_preprocessor=dict(type='mmpretrain.ClsDataPreprocessor'),
)
train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
_base_.param_scheduler[1].update(end=max_iters, T_max=max_iters - 100)
param_scheduler = _base_.param_scheduler
