# LoRA on the small Stable Diffusion 3 of sd3-mini_64_other-aircraft.py, for the seven types of the
# paper, on a CPU.
_base_ = './sd3.5-medium-lora_512_aircraft.py'

model = dict(
    pretrained='checkpoints/mini_sd3_trained',
    lora=dict(rank=32),
    size=None,
    cache='work_dirs/mini_sd3_cache',
    prompt_length=16,
    dtype='float32',
    gradient_checkpointing=False,
)
train_cfg = dict(max_epochs=100)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
auto_scale_lr = dict(base_batch_size=32)
# As it was trained.
segments = ('SAR image', '{class} aircraft')
_base_.train_dataloader.dataset.dataset.pipeline[2].segments = segments
_base_.train_dataloader.batch_size = 32
train_dataloader = _base_.train_dataloader
test_cfg = dict(guidance=3.0, prompt=dict(segments=segments))
