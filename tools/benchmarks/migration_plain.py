"""Attention distillation as its published loop has it, an image at a time.

github.com/xugao97/AttentionDistillation, ``ADPipeline.optimize``: in each step style, content and
image go through the whole U-Net one after the other, the ideal attention is computed with its
gradient's graph and detached, and the losses are means over the layer.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class PublishedLoop:
    """The loop.

    Args:
        unet: ``UNet2DConditionModel``, frozen.
        layers: Names of its self-attention layers.
        prompt_embeds: (1, tokens, channels).
        lr: Of Adam.
        content_weight: Of the content loss.
    """

    def __init__(
        self,
        unet: nn.Module,
        layers: Sequence[str],
        prompt_embeds: Tensor,
        lr: float = 0.05,
        content_weight: float = 0.25,
    ) -> None:
        self.unet, self.prompt_embeds = unet, prompt_embeds
        self.layers: list[Any] = [unet.get_submodule(name) for name in layers]
        self.lr, self.content_weight = lr, content_weight

    def __call__(self, content: Tensor, style: Tensor, timesteps: Tensor) -> Tensor:
        """Return the latent (1, C, h, w) that a content's becomes, likewise, with one style's."""
        latent = content.clone().requires_grad_()
        adam = torch.optim.Adam([latent], lr=self.lr)
        for timestep in timesteps:
            adam.zero_grad()
            sum(self.losses(latent, style, content, timestep)).backward()  # type: ignore[union-attr]
            adam.step()
        return latent.detach()

    def losses(
        self, latent: Tensor, style: Tensor, content: Tensor, timestep: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the two losses, weighted."""
        with torch.no_grad():
            of_style = self._features(style, timestep)
            of_content = self._features(content, timestep)
        found = self._features(latent, timestep)
        ad = kept = latent.new_zeros(())
        for here, there, before in zip(found, of_style, of_content, strict=True):
            ideal = functional.scaled_dot_product_attention(here[0], there[1], there[2])
            ad = ad + functional.l1_loss(here[3], ideal.detach())
            kept = kept + functional.l1_loss(here[0], before[0])
        return ad, self.content_weight * kept

    def _features(self, latent: Tensor, timestep: Tensor) -> list[list[Tensor]]:
        """Return queries, keys, values and output of each layer, taken by forward hooks."""
        kept: list[list[Tensor]] = [[] for _ in self.layers]
        handles = []
        for layer, parts in zip(self.layers, kept, strict=True):

            def keep(_: Any, values: Tensor, parts: Any = parts, heads: int = layer.heads) -> None:
                parts.append(values.unflatten(-1, (heads, -1)).transpose(1, 2))

            for project in (layer.to_q, layer.to_k, layer.to_v):
                handles.append(
                    project.register_forward_hook(lambda m, _, out, keep=keep: keep(m, out))
                )
            handles.append(
                layer.to_out[0].register_forward_pre_hook(lambda m, args, keep=keep: keep(m, *args))
            )
        try:
            self.unet(latent, timestep, encoder_hidden_states=self.prompt_embeds)
        finally:
            for handle in handles:
                handle.remove()
        return kept
