"""What the branches of a bridge network start from."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from mmsar.errors import CheckpointError, ConfigError
from mmsar.models.weights import misfits, without_prefix

BRANCHES = ('sar', 'optical')
# Written by tools/model_converters/darknet53_from_timm.py
DARKNET53 = 'checkpoints/darknet53_timm.pth'

_RESNET_DEPTHS = (18, 34, 50, 101, 152)


def backbone_init(
    branch_init: Any, backbones: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any] | None]:
    """Turn ``branch_init`` into an ``init_cfg`` for each backbone.

    Args:
        branch_init: ``'imagenet'``; None, random weights; the path of a checkpoint; an
            ``init_cfg``, such as ``dict(type='Pretrained', checkpoint=FILE, prefix='backbone.')``;
            or ``dict(sar=..., optical=...)`` with one of those each, None where one is missing.
        backbones: Their configs, under ``sar`` and ``optical``.

    Returns:
        ``init_cfg`` of each backbone; None: the backbone's own.

    Raises:
        ConfigError: It is none of those, or no ImageNet weights are known for a backbone.
    """
    if isinstance(branch_init, Mapping) and 'type' not in branch_init:
        unknown = sorted(set(branch_init) - set(BRANCHES))
        if unknown or not branch_init:
            raise ConfigError(
                f'branch_init names {unknown or "nothing"}; give sar and optical, or a type'
            )
        chosen = {branch: branch_init.get(branch) for branch in BRANCHES}
    else:
        chosen = dict.fromkeys(BRANCHES, branch_init)
    return {branch: _init_cfg(chosen[branch], backbones[branch], branch) for branch in BRANCHES}


def _init_cfg(setting: Any, backbone: Mapping[str, Any], branch: str) -> dict[str, Any] | None:
    if setting is None:
        return None
    if backbone.get('init_cfg') is not None:
        raise ConfigError(
            f'{branch}_branch.backbone.init_cfg and branch_init both say what the branch starts '
            'from; remove the first, or set branch_init=None'
        )
    if setting == 'imagenet':
        return {'type': 'Pretrained', 'checkpoint': _imagenet(backbone, branch)}
    if isinstance(setting, str):
        return {'type': 'Pretrained', 'checkpoint': setting}
    if isinstance(setting, Mapping) and 'type' in setting:
        return dict(setting)
    raise ConfigError(
        f"branch_init: {setting!r} for the {branch} branch; give 'imagenet', None, a path or an "
        'init_cfg'
    )


def _imagenet(backbone: Mapping[str, Any], branch: str) -> str:
    """Return the ImageNet weights that go with red, green, blue and ImageNet's mean and std."""
    kind = str(backbone.get('type')).rpartition('.')[2]
    # The weights of style='caffe' have the same shapes.
    pytorch = backbone.get('style', 'pytorch') == 'pytorch'
    if kind == 'ResNet' and backbone.get('depth') in _RESNET_DEPTHS and pytorch:
        return f'torchvision://resnet{backbone["depth"]}'
    if kind == 'Darknet':
        return DARKNET53
    settings = ', '.join(f'{k}={backbone[k]!r}' for k in ('depth', 'style') if k in backbone)
    raise ConfigError(
        f"branch_init='imagenet': no weights are known for {kind}({settings}) of the {branch} "
        'branch; set branch_init=None for random weights, or the path of a checkpoint'
    )


def fit_backbone(module: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Make weights fit a backbone with one input channel, and require that none is missing.

    A hook before loading (``register_load_state_dict_pre_hook``), since mmengine's Pretrained
    takes what fits and only logs the rest.

    The stem of a network for colour is summed over its three channels: its response to one channel
    is then that to three equal ones. (The two inputs agree exactly where mean and standard
    deviation are the same for the three channels.)

    Raises:
        CheckpointError: Naming the first weights that are missing or of another shape.
    """
    found = without_prefix(state_dict, prefix)
    wanted = module.state_dict()
    for name, weight in wanted.items():
        if name.endswith('num_batches_tracked'):  # torchvision's files lack it
            found.setdefault(name, weight)
        elif name in found and _is_stem(found[name], 3) and _is_stem(weight, 1):
            found[name] = state_dict[prefix + name] = found[name].sum(dim=1, keepdim=True)
    problems = misfits(found, wanted, extra=False)
    if problems:
        raise CheckpointError(
            f'the weights of {module.init_cfg} do not fit {type(module).__name__}: '
            f'{problems}. In a checkpoint of a whole model, name the part: '
            "dict(type='Pretrained', checkpoint=FILE, prefix='sar_branch.backbone.')"
        )


def _is_stem(weight: Tensor, channels: int) -> bool:
    return weight.ndim == 4 and weight.shape[1] == channels
