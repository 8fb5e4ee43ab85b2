"""LoRA adapters of an MM-DiT."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from mmsar.errors import ConfigError
from mmsar.randomness import derive_seed

# Of both streams of the joint attention; and of the second attention that Stable Diffusion
# 3.5-medium has in some blocks, of the image stream alone.
_JOINT = ('to_q', 'to_k', 'to_v', 'add_q_proj', 'add_k_proj', 'add_v_proj')
_SECOND = ('to_q', 'to_k', 'to_v')


@dataclass(frozen=True)
class LoRASettings:
    """Which layers are adapted, and how.

    The factor of the adapters is 1 (alpha = rank): diffusers, which reads alpha from the file's
    metadata, and ComfyUI, which does not, then do the same.

    Attributes:
        rank: Of the update of a weight.
        output: Adapt the output projections too, as diffusers' script does. Equation 13 of
            arXiv 2606.28922 adapts queries, keys and values.
        second: Adapt the second attention, where there is one.
        blocks: Numbers of the blocks. Default: all.
        dropout: Of the input of adapters.
        init: ``gaussian`` or ``kaiming``, of the first factor; the second is zero.
        seed: Of the draws.
    """

    rank: int = 16
    output: bool = False
    second: bool = True
    blocks: tuple[int, ...] | None = None
    dropout: float = 0.0
    init: str = 'gaussian'
    seed: int = 0

    def __post_init__(self) -> None:
        if not (isinstance(self.rank, int) and self.rank > 0):
            raise ConfigError(f'lora.rank={self.rank!r}; give a whole number above zero')
        if self.init not in ('gaussian', 'kaiming'):
            raise ConfigError(f'lora.init={self.init!r}; choose gaussian or kaiming')

    @property
    def suffixes(self) -> list[str]:
        """The ends of the names of the adapted layers."""
        names = [f'attn.{name}' for name in _JOINT]
        names += ['attn.to_out.0', 'attn.to_add_out'] * self.output
        if self.second:
            names += [f'attn2.{name}' for name in _SECOND] + ['attn2.to_out.0'] * self.output
        return names

    def layers(self, transformer: Any) -> list[str]:
        """Return the names of the adapted layers of a transformer.

        Raises:
            ConfigError: A block does not exist.
        """
        count = len(transformer.transformer_blocks)
        blocks = range(count) if self.blocks is None else self.blocks
        wrong = [number for number in blocks if not 0 <= number < count]
        if wrong or not blocks:
            raise ConfigError(f'lora.blocks={self.blocks}; the transformer has 0 to {count - 1}')
        wanted = {f'transformer_blocks.{n}.{end}' for n in blocks for end in self.suffixes}
        return [
            name
            for name, layer in transformer.named_modules()
            if name in wanted and isinstance(layer, nn.Linear)
        ]


def read_settings(settings: Mapping[str, Any]) -> LoRASettings:
    """Return the settings that a config describes.

    Raises:
        ConfigError: One is unknown or out of range.
    """
    known = list(LoRASettings.__dataclass_fields__)
    unknown = set(settings) - set(known)
    if unknown:
        raise ConfigError(f'lora has no {min(unknown)!r}; it has {", ".join(known)}')
    values = dict(settings)
    if values.get('blocks') is not None:
        values['blocks'] = tuple(values['blocks'])
    return LoRASettings(**values)


def add_adapters(transformer: Any, settings: LoRASettings) -> nn.Module:
    """Put adapters into a frozen transformer.

    Args:
        transformer: ``SD3Transformer2DModel`` of diffusers.
        settings: Of the adapters.

    Returns:
        The adapters alone, float32, in modules of the names that they have in the transformer: the
        keys of their weights are those of diffusers' files.

    Raises:
        ConfigError: peft is not installed, or a setting does not fit the transformer.
    """
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise ConfigError(f"LoRA needs peft ({error}): pip install -e '.[diffusion]'") from error
    names = settings.layers(transformer)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.rank,
        lora_dropout=settings.dropout,
        init_lora_weights='gaussian' if settings.init == 'gaussian' else True,
        target_modules=names,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed('lora', settings.seed))
        transformer.add_adapter(config)
    adapters = nn.Module()
    for name in names:
        layer = transformer.get_submodule(name)
        for factor in ('lora_A', 'lora_B'):
            part = getattr(layer, factor)['default']
            part.weight.data = part.weight.data.float()
            _attach(adapters, f'{name}.{factor}', part)
    return adapters


def _attach(root: nn.Module, path: str, module: nn.Module) -> None:
    *above, last = path.split('.')
    for name in above:
        if name not in root._modules:
            root.add_module(name, nn.Module())
        root = root._modules[name]  # type: ignore[assignment]
    root.add_module(last, module)
