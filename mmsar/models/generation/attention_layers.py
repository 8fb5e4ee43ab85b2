"""Self-attention layers of a U-Net, by name."""

from collections.abc import Sequence

from torch import nn

from mmsar.errors import ConfigError

LAYER_SETS = ('paper', 'attention_distillation', 'all')
_STAGES = ('down_blocks', 'mid_block', 'up_blocks')


def self_attentions(unet: nn.Module) -> dict[str, nn.Module]:
    """Return the self-attention layers by name, in the order in which they are computed.

    A module of diffusers lists its middle block last, so the order is not that of its modules.

    Args:
        unet: ``UNet2DConditionModel`` of diffusers. Stable Diffusion 1.5 has 16 such layers: 6 on
            the way down, 1 in the middle, 9 on the way up.

    Raises:
        ConfigError: It has none.
    """
    found = [
        (name, module)
        for name, module in unet.named_modules()
        if name.endswith('.attn1') and not getattr(module, 'is_cross_attention', False)
    ]
    if not found:
        raise ConfigError(
            f'unet={type(unet).__name__} has no self-attention (modules named attn1); give a '
            'UNet2DConditionModel of diffusers, such as that of Stable Diffusion 1.5'
        )
    return dict(sorted(found, key=lambda item: _STAGES.index(item[0].split('.')[0])))


def choose_layers(names: Sequence[str], layers: str | Sequence[str]) -> list[str]:
    """Return the names that are meant, in the order of ``names``.

    Args:
        names: Of all self-attention layers, see :func:`self_attentions`.
        layers: ``all``; ``attention_distillation``, the last six, as the code of Attention
            Distillation has it; ``paper``, those and the deep ones in ``mid_block`` and
            ``up_blocks.1``, since the paper takes deep and shallow layers and names none; or a list
            of names, where that of a block stands for all layers in it.

    Raises:
        ConfigError: There is no such set or layer, or the U-Net is too small for the set.
    """
    known = f'layers has the sets {", ".join(LAYER_SETS)} and the names {", ".join(names)}'
    if isinstance(layers, str):
        if layers not in LAYER_SETS:
            raise ConfigError(f'layers={layers!r} is none; {known}')
        if layers == 'all':
            return list(names)
        if len(names) < 6:
            raise ConfigError(
                f'layers={layers!r} needs six self-attention layers, and the U-Net has '
                f'{len(names)}; name some: {", ".join(names)}'
            )
        wanted = [*names[-6:], *(['mid_block', 'up_blocks.1'] if layers == 'paper' else [])]
    else:
        wanted = list(layers)
    chosen: set[str] = set()
    for name in wanted:
        inside = {full for full in names if full == name or full.startswith(f'{name}.')}
        if not inside:
            raise ConfigError(f'layers: there is no self-attention {name!r}; {known}')
        chosen |= inside
    if not chosen:
        raise ConfigError(f'layers is empty; {known}')
    return [name for name in names if name in chosen]
