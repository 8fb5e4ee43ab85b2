# A small Stable Diffusion 3, trained whole on other aircraft, on a CPU, with the autoencoder of
# autoencoder-mini_64_other-aircraft.py. Its result, exported, is checkpoints/mini_sd3_trained.
_base_ = [
    '../_base_/models/sd3.5-lora.py',
    '../_base_/datasets/other_aircraft_prompts.py',
    '../_base_/schedules/adamw_generation_cpu.py',
    '../_base_/generation_runtime.py',
]

model = dict(
    pretrained='checkpoints/mini_sd3_vae',
    lora=None,
    size=None,
    cache='work_dirs/mini_sd3_cache',
    prompt_length=16,
    dtype='float32',
    gradient_checkpointing=False,
)
custom_hooks = [
    dict(type='mmsar.PromptCacheHook'),
    dict(type='mmsar.DrawSamplesHook', interval=10, number=2, steps=14),
    # The weights that are saved are means over the last thousand steps or so.
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=0.001),
]
# Short: each token costs as much as a patch of the image.
segments = ('SAR image', '{class} aircraft')
_base_.train_dataloader.dataset.dataset.pipeline[2].segments = segments
train_dataloader = _base_.train_dataloader
test_cfg = dict(guidance=3.0, prompt=dict(segments=segments))
