"""Pre-trained weights expect their own normalisation, which no shape shows."""

from collections.abc import Iterator
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from torch import Tensor, nn

from mmsar.errors import CheckpointError
from mmsar.models.pretrained import local_starts
from mmsar.models.weights import input_channels
from mmsar.registry import HOOKS


@HOOKS.register_module()
class CheckNormalisationHook(Hook):
    """Compare what the meta of ``init_cfg`` checkpoints says with the model, before training.

    A meta may have ``mean`` and ``std`` (3 values of the network's input, on a scale of 0 to 255),
    ``channel_order`` ('rgb' or 'bgr'), ``negative_slope`` (of LeakyReLU), ``in_channels`` and
    ``branch`` ('sar' or 'optical', compared with parts of these names), as the converters and
    exporters of mmsar write. What it does not say is not checked; URLs are not looked at. Of a
    model with several inputs, each part is compared with its own mean and std (``for_module`` of
    the preprocessor).

    Raises:
        CheckpointError: With both values, and what to set.
    """

    def before_train(self, runner: Any) -> None:
        """Look at each submodule with ``init_cfg=dict(type='Pretrained')``."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        preprocessor = getattr(model, 'data_preprocessor', None)
        # A part that makes weights fit its input has seen to that itself.
        fitting = [
            name for name, module in model.named_modules() if getattr(module, 'fits_backbones', 0)
        ]
        loaded = _loaded_order(getattr(runner.train_dataloader, 'dataset', None))
        for start in local_starts(model):
            name, module = start.name, start.module
            fitted = any(name.startswith(f'{part}.' if part else '') for part in fitting)
            meta = start.read().get('meta')
            meta = meta if isinstance(meta, dict) else {}
            problems = [
                *_check_values(meta, *_normalisation(preprocessor, name)),
                *_check_order(meta, preprocessor, loaded),
                *_check_slope(meta, module, f'model.{name}' if name else 'model'),
                *_check_branch(meta, name),
                *(() if fitted else _check_channels(meta, module, f'model.{name}')),
            ]
            if problems:
                raise CheckpointError(
                    f'the weights of {start.path} do not go with this config:\n  '
                    + '\n  '.join(problems)
                )


def _normalisation(preprocessor: Any, name: str) -> tuple[nn.Module | None, str]:
    """Return the part of a preprocessor that normalises for a submodule, and its setting."""
    setting = 'model.data_preprocessor'
    if not hasattr(preprocessor, 'for_module'):
        return preprocessor, setting
    part = preprocessor.for_module(name)  # of networks with several inputs
    return (None, setting) if part is None else (part[0], f'{setting}.{part[1]}')


def _check_values(
    meta: dict[str, Any], preprocessor: nn.Module | None, setting: str
) -> Iterator[str]:
    """Compare mean and standard deviation; no normalisation is (0, 1)."""
    if not {'mean', 'std'} <= meta.keys() or not hasattr(preprocessor, '_enable_normalize'):
        return
    for key, neutral in (('mean', 0.0), ('std', 1.0)):
        value = getattr(preprocessor, key, torch.tensor(neutral)).flatten().float().cpu()
        wanted = torch.tensor(meta[key]).flatten().float()
        if not _same(value, wanted):
            yield (
                f'{key}: they were trained with {_listed(wanted)}, the model has {_listed(value)}; '
                f'set {setting}.{key}={_listed(wanted)}'
            )


def _check_order(
    meta: dict[str, Any], preprocessor: nn.Module | None, loaded: str | None
) -> Iterator[str]:
    """Compare the order of the channels that reaches the network."""
    wanted = meta.get('channel_order')
    flips = getattr(preprocessor, '_channel_conversion', None)
    if wanted is None or loaded is None or flips is None:
        return
    given = loaded[::-1] if flips else loaded
    if given != wanted:
        fix = (
            'set bgr_to_rgb=False, rgb_to_bgr=False in'
            if flips
            else f'set {loaded}_to_{wanted}=True in'
        )
        yield (
            f'channels: they were trained on {wanted.upper()}, the model gets {given.upper()}; '
            f'{fix} model.data_preprocessor'
        )


def _check_slope(meta: dict[str, Any], module: nn.Module, name: str) -> Iterator[str]:
    """Compare the slope of the activation."""
    wanted = meta.get('negative_slope')
    slopes = {m.negative_slope for m in module.modules() if isinstance(m, nn.LeakyReLU)}
    if wanted is not None and slopes - {wanted}:
        yield (
            f'LeakyReLU: they were trained with the slope {wanted}, {name} has '
            f'{", ".join(map(str, sorted(slopes)))}; set {name}.act_cfg='
            f"dict(type='LeakyReLU', negative_slope={wanted})"
        )


def _check_channels(meta: dict[str, Any], module: nn.Module, name: str) -> Iterator[str]:
    """Compare the channels of the first convolution; mmengine only logs that it is left out."""
    wanted, taken = meta.get('in_channels'), input_channels(module)
    if None not in (wanted, taken) and wanted != taken:
        yield (
            f'channels: they were trained with {wanted} at the input, {name} has {taken}; publish '
            f'them with publish_backbone.py --channels {taken}, or set {name}.in_channels={wanted}'
        )


def _check_branch(meta: dict[str, Any], name: str) -> Iterator[str]:
    """Compare the branch of a bridge network with the one that a part's name says it is."""
    wanted = meta.get('branch')
    for part in name.split('.'):
        branch = part.removesuffix('_branch')
        if branch in ('sar', 'optical') and wanted not in (None, branch):
            yield f'branch: they are those of the {wanted} branch, model.{name} is the {branch} one'


def _loaded_order(dataset: Any) -> str | None:
    """Return the order of the channels that the data set's loader gives, None if unknown."""
    while dataset is not None and not hasattr(dataset, 'pipeline'):
        dataset = getattr(dataset, 'dataset', None) or next(
            iter(getattr(dataset, 'datasets', [])), None
        )
    orders = {'LoadSARImage': 'rgb', 'LoadImageFromFile': 'bgr'}
    for transform in getattr(getattr(dataset, 'pipeline', None), 'transforms', []):
        if type(transform).__name__ in orders:
            return orders[type(transform).__name__]
    return None


def _same(a: Tensor, b: Tensor) -> bool:
    fits = len(a) == len(b) or 1 in (len(a), len(b))
    return fits and torch.allclose(a, b, rtol=1e-3, atol=1e-3)


def _listed(values: Tensor) -> str:
    return '[' + ', '.join(f'{value:g}' for value in values.tolist()) + ']'
