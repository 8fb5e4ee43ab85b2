"""What the self-attention layers of a U-Net compute."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional


class AttentionFeatures(NamedTuple):
    """Of one layer, each (N, heads, tokens, channels of a head).

    Attributes:
        query: See there.
        key: See there.
        value: See there.
        output: Their attention, before the projection that follows.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    output: Tensor


class _LastLayerReached(Exception):
    """Ends a pass through the U-Net; what would follow is not needed."""


class _Recorder:
    """Attention processor that computes what diffusers' AttnProcessor2_0 does, and keeps parts."""

    def __init__(self, last: bool) -> None:
        self.last = last
        self.features: AttentionFeatures | None = None

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        temb: Any = None,
    ) -> Tensor:
        query, key, value = (
            project(hidden_states).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
            for project in (attn.to_q, attn.to_k, attn.to_v)
        )
        query = query if attn.norm_q is None else attn.norm_q(query)
        key = key if attn.norm_k is None else attn.norm_k(key)
        output = functional.scaled_dot_product_attention(query, key, value)
        self.features = AttentionFeatures(query, key, value, output)
        if self.last:
            raise _LastLayerReached
        result = attn.to_out[1](attn.to_out[0](output.transpose(1, 2).flatten(2)))
        return result / attn.rescale_output_factor

    def take(self) -> AttentionFeatures:
        """Return the features, and forget them: a compiled pass must always find none."""
        features, self.features = self.features, None
        assert features is not None
        return features


class AttentionRecorder:
    """Passes latents through a U-Net as far as the last of some self-attention layers.

    Between passes the U-Net has the attention processors that it had before.

    Args:
        unet: ``UNet2DConditionModel``.
        layers: Its self-attention layers, in the order in which they are computed.
        compiled: Compile the pass with ``torch.compile``, for each size and batch anew.
    """

    def __init__(self, unet: Any, layers: Sequence[Any], compiled: bool = False) -> None:
        self.unet = unet
        self.layers = list(layers)
        self.recorders = [_Recorder(layer is self.layers[-1]) for layer in self.layers]
        self._compute = torch.compile(self._pass, dynamic=False) if compiled else self._pass

    def __call__(
        self, latents: Tensor, timestep: Tensor, prompt_embeds: Tensor
    ) -> list[AttentionFeatures]:
        """Return the features of each layer.

        Args:
            latents: (N, C, h, w).
            timestep: Of the diffusion process, a scalar.
            prompt_embeds: (1 or N, tokens, channels).
        """
        before = [layer.processor for layer in self.layers]
        # Here, not in the compiled part, which would have to guess what a new processor is.
        self._set_processors(self.recorders)
        try:
            return self._compute(latents, timestep, prompt_embeds.expand(len(latents), -1, -1))
        finally:
            self._set_processors(before)

    def _pass(self, latents: Tensor, timestep: Tensor, prompt: Tensor) -> list[AttentionFeatures]:
        try:  # noqa: SIM105, torch.compile does not know suppress()
            self.unet(latents, timestep, encoder_hidden_states=prompt, return_dict=False)
        except _LastLayerReached:
            pass
        return [recorder.take() for recorder in self.recorders]

    def _set_processors(self, processors: Sequence[Any]) -> None:
        for layer, processor in zip(self.layers, processors, strict=True):
            layer.set_processor(processor)


def attend(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Let queries of some images attend to all tokens of others.

    Args:
        query: (N, heads, tokens, channels).
        keys: (S, heads, tokens', channels); images are joined along the tokens.
        values: Likewise.

    Returns:
        The shape of ``query``.
    """
    key, value = (
        part.transpose(0, 1).flatten(1, 2).expand(len(query), -1, -1, -1) for part in (keys, values)
    )
    return functional.scaled_dot_product_attention(query, key, value)
