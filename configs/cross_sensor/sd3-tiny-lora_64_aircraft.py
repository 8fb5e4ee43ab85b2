# Small networks of random weights, to try things out without a download:
#   python tools/model_converters/small_stable_diffusion_3.py checkpoints/tiny_sd3
_base_ = './sd3.5-medium-lora_512_aircraft.py'

model = dict(
    pretrained='checkpoints/tiny_sd3',
    lora=dict(rank=4),
    size=None,
    prompt_length=32,
    dtype='float32',
    gradient_checkpointing=False,
)
train_cfg = dict(max_epochs=2)
test_cfg = dict(number=2, steps=4)
