"""A bridge network of stride 8 whose two branches see alike, and a config and checkpoint of it."""

from pathlib import Path
from typing import Any

import torch
from mmcv.transforms import BaseTransform
from mmengine.registry import MODELS, TRANSFORMS
from torch import Tensor, nn

from mmsar.models.matching import BridgeNetwork


@MODELS.register_module()
class StandInBackbone(nn.Module):
    """Two stages, as backbones of mmdet return several."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, 6, 5, 2, 2)
        self.stage = nn.Conv2d(6, 8, 3, 2, 1)
        self.last = nn.Conv2d(8, 8, 3, 2, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        stage = self.stage(self.stem(image).relu()).relu()
        return stage, self.last(stage).relu()


@TRANSFORMS.register_module()
class StandInHalve(BaseTransform):
    """Take every second row and column."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        halves = {view: results[view][::2, ::2].copy() for view in ('sar', 'optical')}
        return {**results, **halves}


PIPELINE = [
    {'type': 'mmsar.LoadSARImage', 'key': 'sar'},
    {'type': 'mmsar.LoadSARImage', 'key': 'optical'},
    {'type': 'mmsar.StretchSAR', 'rule': '8bit', 'key': 'sar'},
    {'type': 'mmsar.StretchSAR', 'rule': '8bit', 'key': 'optical'},
    {'type': 'mmsar.PackPair'},
]
HEAD = {'type': 'mmsar.BridgeHead', 'in_channels': 8, 'feat_channels': 8, 'out_channels': 16}


def branch(channels: int) -> dict[str, Any]:
    return {'backbone': {'type': 'StandInBackbone', 'channels': channels}, 'head': HEAD}


MODEL = {
    'type': 'mmsar.BridgeNetwork',
    'sar_branch': branch(1),
    'optical_branch': branch(3),
    'branch_init': None,
    'data_preprocessor': {
        'type': 'mmsar.PairDataPreprocessor',
        'sar': {'mean': [128.0], 'std': [64.0], 'channels': 1},
        'optical': {'mean': [128.0], 'std': [64.0], 'channels': 3},
    },
}


def pair_data(folder: Path, pipeline: list[dict[str, Any]] = PIPELINE) -> dict[str, Any]:
    """Return the config of a test set of ``folder``/sar and ``folder``/optical."""
    return {
        'type': 'mmsar.OpticalSARPairs',
        'data_root': str(folder),
        'data_prefix': {'sar': 'sar', 'optical': 'optical'},
        'group_pattern': '(.)',
        'test_mode': True,
        'pipeline': pipeline,
    }


def write_config(folder: Path, pipeline: list[dict[str, Any]] = PIPELINE, **settings: Any) -> Path:
    """Write a config of the stand-ins; its data are in ``folder``/sar and ``folder``/optical."""
    data = pair_data(folder, pipeline)
    config = {
        'default_scope': 'mmsar',
        'model': MODEL,
        'test_dataloader': {'batch_size': 2, 'dataset': data},
        'test_evaluator': {'type': 'mmsar.MatchingMetric', 'threshold': 0.01},
        **settings,
    }
    path = folder / 'config.py'
    path.write_text('\n'.join(f'{name} = {value!r}' for name, value in config.items()))
    return path


def stand_in() -> BridgeNetwork:
    """Return the network with weights drawn so that codes vary with the image."""
    torch.manual_seed(0)
    model = BridgeNetwork(**{key: value for key, value in MODEL.items() if key != 'type'})
    for module in model.sar_branch.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.normal_(model.sar_branch.head.fc.weight, std=0.7)
    # The optical branch sees the mean of its channels.
    state = model.sar_branch.state_dict()
    state['backbone.stem.weight'] = state['backbone.stem.weight'].repeat(1, 3, 1, 1) / 3
    model.optical_branch.load_state_dict(state)
    return model.eval()


def write_checkpoint(path: Path) -> BridgeNetwork:
    """Write the weights of the stand-in; return it."""
    model = stand_in()
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    return model
