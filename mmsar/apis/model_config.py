"""Looking through the model of a config before it is built."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

from mmsar.errors import ConfigError

# Checkpoints that a tool of mmsar writes, and how it is called.
_PUBLISH = 'tools/model_converters/publish_backbone.py BRIDGE_NETWORK.pth {} --branch sar'
_WRITTEN_BY = {
    'darknet53_timm.pth': 'tools/model_converters/darknet53_from_timm.py {}',
    'bridge_r50_sar.pth': _PUBLISH,
    'bridge_d53_sar.pth': _PUBLISH,
    'bridge_sar.pth': _PUBLISH,
}
_SYNC_BN = ('SyncBN', 'MMSyncBN')


def require_init_checkpoints(config: Config) -> None:
    """Check that the files exist which the model is initialised from.

    Raises:
        ConfigError: Naming the setting, and the command that writes the file where there is one.
    """
    for key, node in _init_settings(config):
        checkpoint = node.get('checkpoint')
        if node.get('type') != 'Pretrained' or not checkpoint or '://' in str(checkpoint):
            continue
        path = Path(str(checkpoint)).expanduser()
        if path.is_file():
            continue
        if path.name in _WRITTEN_BY:
            fix = f'write it with: python {_WRITTEN_BY[path.name].format(checkpoint)}'
        else:
            fix = f'correct the path, or set {key}=None to start from random weights'
        raise ConfigError(f'{key}.checkpoint: file {str(checkpoint)!r} does not exist; {fix}')


def _init_settings(config: Config) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what may be an ``init_cfg``, with its name: what ``branch_init`` means, too."""
    for key, node in _dicts(config.get('model'), 'model'):
        yield key, node
        kind = str(node.get('type')).rpartition('.')[2]
        if kind in ('BridgeNetwork', 'BridgeFusionBackbone'):
            from mmsar.models.matching.branch_init import BRANCHES, backbone_init

            if kind == 'BridgeNetwork':
                backbones = {name: node[f'{name}_branch']['backbone'] for name in BRANCHES}
                start = backbone_init(node.get('branch_init', 'imagenet'), backbones)
            else:
                start = backbone_init(node.get('branch_init'), {b: node[b] for b in BRANCHES})
            for init_cfg in start.values():
                yield f'{key}.branch_init', init_cfg or {}


def replace_sync_bn(config: Config) -> None:
    """Use plain batch normalisation where PyTorch's synchronised one cannot run: on CPUs."""
    nodes = [n for _, n in _dicts(config.get('model'), 'model') if n.get('type') in _SYNC_BN]
    if not nodes and not config.get('sync_bn'):
        return
    config.sync_bn = None
    for node in nodes:
        node['type'] = 'BN'
    if is_main_process():
        print('no GPU: SyncBN needs one; each process normalises by its own batch (BN)')


def _dicts(node: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all dictionaries within a node, with their dotted names."""
    if isinstance(node, dict):
        yield key, node
        for name, child in node.items():
            yield from _dicts(child, f'{key}.{name}')
    elif isinstance(node, list | tuple):
        for number, child in enumerate(node):
            yield from _dicts(child, f'{key}.{number}')
