# LoRA on Stable Diffusion 3.5. Where the paper gives a value it is the paper's; what it leaves open
# is marked, and explained in docs/generation.md.
model = dict(
    type='mmsar.SD3LoRA',
    # A name on the hub (gated: accept the licence and log in first), or a folder in its format.
    pretrained='stabilityai/stable-diffusion-3.5-medium',  # open: the size of the model
    # Queries, keys and values of both streams, equation 13; alpha is the rank.
    lora=dict(rank=16, output=False, second=True),  # open: the rank
    # As diffusers trains Stable Diffusion 3.
    flow=dict(density='logit_normal', logit_mean=0.0, logit_std=1.0, weight='none'),
    size=512,  # open
    cache='work_dirs/generation_cache',
    prompt_length=77,
    dtype='bfloat16',
    gradient_checkpointing=True,
)
