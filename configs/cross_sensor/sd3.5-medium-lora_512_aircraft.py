# Stage 1 of the paper. It needs the weights of Stable Diffusion 3.5-medium, and a GPU.
_base_ = [
    '../_base_/models/sd3.5-lora.py',
    '../_base_/datasets/aircraft_prompts.py',
    '../_base_/schedules/adamw_lora_20e.py',
    '../_base_/generation_runtime.py',
]
