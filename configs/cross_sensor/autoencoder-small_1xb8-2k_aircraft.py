# A small autoencoder for migration, on simulated aircraft; docs/migration.md. Begin with
#   python tools/model_converters/small_stable_diffusion.py checkpoints/small_aircraft --for-chips
_base_ = [
    '../_base_/datasets/aircraft_networks.py',
    '../_base_/latent_runtime.py',
    '../_base_/schedules/adamw_latent_2k.py',
]
model = dict(
    type='mmsar.LatentAutoencoder',
    pretrained='checkpoints/small_aircraft',
    kl_weight=1e-6,
    data_preprocessor=dict(type='mmpretrain.ClsDataPreprocessor'),
)
train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=4e-3))
