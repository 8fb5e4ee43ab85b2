"""Images from noise, by diffusers' pipeline."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mmsar.models.generation.sd3.loading import StableDiffusion3


@torch.no_grad()
def sample(
    parts: StableDiffusion3,
    shape: tuple[int, int],
    embedded: tuple[Tensor, Tensor],
    seeds: Sequence[int],
    steps: int,
    guidance: float,
) -> Tensor:
    """Return latents of new images.

    Args:
        parts: Of the model.
        shape: Rows and columns of the images for the network.
        embedded: Tokens and pooled of N prompts; with guidance above 1, of the empty one behind
            them.
        seeds: N of them. The noise of an image is drawn on the CPU, in float32.
        steps: Of the solver.
        guidance: Of classifier-free guidance.

    Returns:
        (N, C, h, w), float32 at least.
    """
    from diffusers import FlowMatchEulerDiscreteScheduler, StableDiffusion3Pipeline

    pipeline = StableDiffusion3Pipeline(
        transformer=parts.transformer,
        vae=parts.vae,
        scheduler=FlowMatchEulerDiscreteScheduler.from_config(parts.scheduler.config),
        **{f'{name}{n}': None for name in ('text_encoder', 'tokenizer') for n in ('', '_2', '_3')},
    )
    pipeline.set_progress_bar_config(disable=True)
    number, factor = len(seeds), pipeline.vae_scale_factor
    noise = torch.stack(
        [
            torch.randn(
                (parts.transformer.config.in_channels, shape[0] // factor, shape[1] // factor),
                generator=torch.Generator().manual_seed(seed),
            )
            for seed in seeds
        ]
    )
    kind = {'device': parts.transformer.device, 'dtype': parts.transformer.dtype}
    tokens, pooled = (part.to(**kind) for part in embedded)
    negative = {}
    if guidance > 1:
        negative = {
            'negative_prompt_embeds': tokens[number:].expand(number, -1, -1),
            'negative_pooled_prompt_embeds': pooled[number:].expand(number, -1),
        }
    latents = pipeline(
        prompt_embeds=tokens[:number],
        pooled_prompt_embeds=pooled[:number],
        **negative,
        latents=noise.to(**kind),
        height=shape[0],
        width=shape[1],
        num_inference_steps=steps,
        guidance_scale=guidance,
        output_type='latent',
    ).images
    return latents.to(torch.promote_types(latents.dtype, torch.float32))
