"""The two losses between the self-attention of images."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmsar.errors import DataError
from mmsar.models.generation.attention_features import AttentionRecorder, attend
from mmsar.models.generation.attention_layers import choose_layers, self_attentions
from mmsar.registry import MODELS


@MODELS.register_module()
class AttentionDistillationLoss(nn.Module):
    """How far the self-attention of images is from that of a style, and from that of a content.

    ``ad``: an image's queries attend to the keys and values of the style (the ideal) and to its
    own; mean absolute difference of the two. The ideal is a constant, without gradient.
    ``content``: mean absolute difference of an image's queries and its content's. Both are summed
    over the layers.

    Source: Zhou et al., Attention Distillation: A Unified Approach to Visual Characteristics
    Transfer, CVPR 2025, arXiv 2502.20235, and its published code (means where arXiv 2606.28922,
    equations 15 to 18, writes norms; latents without noise).

    Args:
        unet: ``UNet2DConditionModel`` of diffusers, such as that of Stable Diffusion 1.5. It is
            frozen and set to evaluation; in a call it is left at the last of the layers.
        layers: See :func:`mmsar.models.generation.attention_layers.choose_layers`.
        compiled: Compile the U-Net; for each size and batch anew.
        content_layers: Those of the content loss, as ``layers``. Default: the same. Queries of the
            deepest tell shapes; those of the finest also hold the content's speckle.

    Raises:
        ConfigError: There are no such layers.
    """

    def __init__(
        self,
        unet: nn.Module,
        layers: str | Sequence[str] = 'paper',
        compiled: bool = False,
        content_layers: str | Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self.unet = unet.requires_grad_(False).eval()
        found = self_attentions(unet)
        self.layer_names = choose_layers(list(found), layers)
        self.content_layer_names = self.layer_names
        if content_layers is not None:
            self.content_layer_names = choose_layers(list(found), content_layers)
        needed = {*self.layer_names, *self.content_layer_names}
        self._needed = [name for name in found if name in needed]

        def record(names: Sequence[str]) -> AttentionRecorder:
            return AttentionRecorder(unet, [found[name] for name in names], compiled)

        self._record = record(self._needed)
        # A pass ends at the last layer that is looked at.
        same = [self._needed == names for names in (self.layer_names, self.content_layer_names)]
        self._record_style = self._record if same[0] else record(self.layer_names)
        self._record_content = self._record if same[1] else record(self.content_layer_names)

    def forward(
        self,
        latents: Tensor,
        style_latents: Tensor,
        content_latents: Tensor | None,
        timestep: int | Tensor,
        prompt_embeds: Tensor,
    ) -> dict[str, Tensor]:
        """Compare.

        Args:
            latents: Of the images, (N, C, h, w).
            style_latents: Of one or several references, which all images share, (S, C, h', w').
            content_latents: Of the images' contents, (N, C, h, w); None for a content loss of 0.
            timestep: Of the diffusion process.
            prompt_embeds: (1, tokens, channels).

        Returns:
            ``ad`` and ``content``, (N,) each, float32 at least.

        Raises:
            DataError: Latents and content latents differ in shape.
        """
        if content_latents is not None and content_latents.shape != latents.shape:
            raise DataError(
                f'latents are {tuple(latents.shape)} and content_latents '
                f'{tuple(content_latents.shape)}; each image needs its content, of its size'
            )
        condition = (torch.as_tensor(timestep, device=latents.device), prompt_embeds)
        with torch.no_grad():
            style = [(f.key, f.value) for f in self._record_style(style_latents, *condition)]
            content = None
            if content_latents is not None:
                content = [f.query for f in self._record_content(content_latents, *condition)]
        found = dict(zip(self._needed, self._record(latents, *condition), strict=True))
        ad = []
        for name, (keys, values) in zip(self.layer_names, style, strict=True):
            features = found[name]
            with torch.no_grad():
                ideal = attend(features.query, keys, values)
            ad.append(_mean_difference(features.output, ideal))
        distances = {'ad': torch.stack(ad).sum(dim=0)}
        if content is None:
            distances['content'] = torch.zeros_like(distances['ad'])
        else:
            pairs = zip(self.content_layer_names, content, strict=True)
            terms = [_mean_difference(found[name].query, query) for name, query in pairs]
            distances['content'] = torch.stack(terms).sum(dim=0)
        return distances


def _mean_difference(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean absolute difference of each image, (N,)."""
    precise: Any = torch.promote_types(found.dtype, torch.float32)
    return (found - wanted).abs().flatten(1).mean(dim=1, dtype=precise)
