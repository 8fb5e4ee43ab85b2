"""What the frozen text encoders make of prompts, made once."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.generation.hub_folder import HubFolder
from mmsar.models.generation.sd3.loading import load_text_encoders
from mmsar.models.generation.sd3.tensor_cache import TensorCache


class PromptEmbeddings:
    """Embeds prompts as diffusers' ``StableDiffusion3Pipeline`` does, each only once.

    The encoders are loaded when a prompt is met that is neither in memory nor in the cache, and
    let go by :meth:`prepare`: the T5 encoder alone takes 9.5 GB in bfloat16.

    Args:
        hub: Where the encoders are. None: all prompts must be in memory or in the cache.
        transformer: That will see the embeddings.
        cache: Folder, or None to remember them in memory alone.
        dtype: Of the encoders.
        length: Tokens for T5.
        t5: With the T5 encoder.
    """

    def __init__(
        self,
        hub: HubFolder | None,
        transformer: Any,
        cache: str | None = None,
        dtype: torch.dtype = torch.float32,
        length: int = 77,
        t5: bool = True,
    ) -> None:
        self.hub, self.transformer, self.dtype = hub, transformer, dtype
        self.length, self.t5 = length, t5
        identity = {
            'encoders': hub.identity('text_encoder', 'tokenizer') if hub else None,
            'dtype': dtype,
            'length': length,
            't5': t5,
            'version': 1,
        }
        self.cache = TensorCache(cache, identity)
        self._known: dict[str, dict[str, Tensor]] = {}
        self._encoders: Any = None

    def __call__(self, prompts: Sequence[str], device: Any = 'cpu') -> tuple[Tensor, Tensor]:
        """Return embeddings.

        Args:
            prompts: N of them.
            device: Of the encoders, and of the result.

        Returns:
            Tokens (N, T, C) and pooled (N, P), in the type of the encoders.

        Raises:
            ConfigError: A prompt is unknown, and there are no encoders.
        """
        found = [self._embed(prompt, device) for prompt in prompts]
        tokens, pooled = (torch.stack([f[name] for f in found]) for name in ('tokens', 'pooled'))
        return tokens.to(device), pooled.to(device)

    def prepare(self, prompts: Iterable[str], device: Any = 'cpu') -> int:
        """Embed prompts, and let the encoders go.

        Returns:
            How many were new, neither in memory nor in the cache.
        """
        new = 0
        for prompt in dict.fromkeys(prompts):
            new += self._remembered(prompt) is None
            self._embed(prompt, device)
        self._encoders = None
        if new and torch.cuda.is_available():
            torch.cuda.empty_cache()
        return new

    def _remembered(self, prompt: str) -> dict[str, Tensor] | None:
        if prompt not in self._known:
            found = self.cache.get(prompt.encode())
            if found is not None:
                self._known[prompt] = found
        return self._known.get(prompt)

    def _embed(self, prompt: str, device: Any) -> dict[str, Tensor]:
        found = self._remembered(prompt)
        if found is None:
            found = self._known[prompt] = self._encode(prompt, device)
            self.cache.put(prompt.encode(), found, prompt)
        return found

    @torch.no_grad()
    def _encode(self, prompt: str, device: Any) -> dict[str, Tensor]:
        if self._encoders is None:
            self._encoders = self._load(device)
        tokens, _, pooled, _ = self._encoders.encode_prompt(
            prompt,
            prompt,
            prompt,
            device=device,
            do_classifier_free_guidance=False,
            max_sequence_length=self.length,
        )
        return {'tokens': tokens[0].cpu(), 'pooled': pooled[0].cpu()}

    def _load(self, device: Any) -> Any:
        from diffusers import StableDiffusion3Pipeline

        if self.hub is None:
            raise ConfigError(
                'a prompt is not in the cache of embeddings, and the model was built without text '
                'encoders: give the folder or hub name of Stable Diffusion as pretrained'
            )
        if self._known:
            print_log('text encoders are loaded for a prompt that is new', 'current', logging.INFO)
        parts = load_text_encoders(self.hub, self.dtype, self.t5)
        for name, part in parts.items():
            if part is not None and name.startswith('text_encoder'):
                part.to(device)
        # The transformer says how many channels there are without T5.
        return StableDiffusion3Pipeline(
            transformer=self.transformer, scheduler=None, vae=None, **parts
        )
