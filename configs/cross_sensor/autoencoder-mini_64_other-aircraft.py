# The autoencoder of a small Stable Diffusion 3 for chips of 64 pixels, on a CPU:
#   python tools/model_converters/small_stable_diffusion_3.py checkpoints/mini_sd3 --size mini
# Its result, with tools/model_converters/export_diffusion.py: checkpoints/mini_sd3_vae.
_base_ = [
    '../_base_/datasets/other_aircraft_prompts.py',
    '../_base_/schedules/adamw_generation_cpu.py',
    '../_base_/generation_runtime.py',
]

model = dict(
    type='mmsar.LatentAutoencoder',
    pretrained='checkpoints/mini_sd3',
    kl_weight=1e-6,
    data_preprocessor=dict(type='mmsar.RestorationPreprocessor'),
)
train_dataloader = dict(batch_size=16)
max_epochs = 6
train_cfg = dict(max_epochs=max_epochs)
_base_.param_scheduler[1].update(end=max_epochs, T_max=max_epochs - 1)
param_scheduler = _base_.param_scheduler
auto_scale_lr = dict(base_batch_size=16)
custom_hooks = []
# It generates nothing.
test_cfg = dict(_delete_=True, type='TestLoop')
