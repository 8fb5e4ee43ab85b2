# The same with the large model, which has no second attention.
_base_ = './sd3.5-medium-lora_512_aircraft.py'

model = dict(pretrained='stabilityai/stable-diffusion-3.5-large')
test_cfg = dict(guidance=3.5)
