"""Small stand-ins for a bridge network and its data, with the interfaces of the real ones."""

from pathlib import Path
from typing import Any

import torch
from mmcv.transforms import BaseTransform
from mmengine.dataset import BaseDataset
from mmengine.model import BaseDataPreprocessor, BaseModel
from mmengine.registry import DATASETS, MODELS, TRANSFORMS
from mmengine.structures import BaseDataElement
from torch import Tensor, nn


class Head(nn.Module):
    """1x1 convolution, ReLU, adaptive average pooling, one or two linear layers, sigmoid."""

    def __init__(
        self, channels: int, codes: int = 5, official: bool = False, pooled: int = 4
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 8, 1)
        self.pool = nn.AdaptiveAvgPool2d(pooled)
        self.official = official
        if official:
            self.fc1, self.fc2 = nn.Linear(8 * pooled**2, 9), nn.Linear(9, codes)
        else:
            self.fc = nn.Linear(8 * pooled**2, codes)

    def reduce(self, features: Tensor) -> Tensor:
        return self.conv(features).relu()

    def forward(self, features: Tensor) -> Tensor:
        flat = self.pool(self.reduce(features)).flatten(1)
        return (self.fc2(self.fc1(flat)) if self.official else self.fc(flat)).sigmoid()


class Branch(nn.Module):
    """A backbone of stride 8 that returns several stages, as those of mmdet do, and a head."""

    def __init__(self, channels: int) -> None:
        super().__init__()

        class Backbone(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.stem = nn.Conv2d(channels, 6, 5, 2, 2)
                self.stage = nn.Conv2d(6, 8, 3, 2, 1)
                self.last = nn.Conv2d(8, 8, 3, 2, 1)

            def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
                stage = self.stage(self.stem(image).relu()).relu()
                return stage, self.last(stage).relu()

        self.backbone = Backbone()
        self.head = Head(8, 16)

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.backbone(image)[-1])


@MODELS.register_module()
class StandInPreprocessor(BaseDataPreprocessor):
    """Stack both views and scale them."""

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        views = {
            view: torch.stack(images).float().to(self.device) / 64 - 2
            for view, images in data['inputs'].items()
        }
        return {'inputs': views, 'data_samples': data['data_samples']}


@MODELS.register_module()
class StandInBridge(BaseModel):
    """Two branches that see a grey image alike, so equal images have the distance 0."""

    def __init__(self) -> None:
        super().__init__(data_preprocessor={'type': 'StandInPreprocessor'})
        self.sar_branch, self.optical_branch = Branch(1), Branch(3)

    def align(self) -> None:
        """Give the optical branch the weights of the other, for the mean of its channels."""
        state = self.sar_branch.state_dict()
        state['backbone.stem.weight'] = state['backbone.stem.weight'].repeat(1, 3, 1, 1) / 3
        self.optical_branch.load_state_dict(state)

    def forward(
        self, inputs: dict[str, Tensor], data_samples: Any = None, mode: str = 'tensor'
    ) -> Any:
        z_sar, z_optical = self.sar_branch(inputs['sar']), self.optical_branch(inputs['optical'])
        distance = (z_sar - z_optical).square().mean(1).sqrt()
        if mode == 'tensor':
            return z_sar, z_optical, distance
        assert mode == 'predict'
        for sample, *values in zip(data_samples, z_sar, z_optical, distance, strict=True):
            sample.z_sar, sample.z_optical, sample.distance = values
        return data_samples


@TRANSFORMS.register_module()
class StandInPack(BaseTransform):
    """Make tensors, and a sample with the fields of a pair."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        fields = ('sar_path', 'optical_path', 'sar_id', 'optical_id', 'sar_group', 'optical_group')
        sample = BaseDataElement(metainfo={name: results[name] for name in fields})
        sample.label = torch.tensor(results['label'])
        views = {v: torch.from_numpy(results[v]).permute(2, 0, 1) for v in ('sar', 'optical')}
        return {'inputs': views, 'data_samples': sample}


@TRANSFORMS.register_module()
class StandInHalve(BaseTransform):
    """Take every second row and column."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        halves = {view: results[view][::2, ::2].copy() for view in ('sar', 'optical')}
        return {**results, **halves}


@DATASETS.register_module()
class StandInPairs(BaseDataset):
    """The images of two folders: each pair, then each radar image with the next optical one."""

    def load_data_list(self) -> list[dict[str, Any]]:
        folders = [sorted(Path(self.data_root, view).iterdir()) for view in ('sar', 'optical')]
        count = len(folders[0])
        return [
            {
                'sar_path': str(folders[0][i]),
                'optical_path': str(folders[1][(i + shift) % count]),
                'sar_id': i,
                'optical_id': (i + shift) % count,
                'sar_group': i // 2,
                'optical_group': (i + shift) % count // 2,
                'label': int(not shift),
            }
            for shift in (0, 1)
            for i in range(count)
        ]


PIPELINE = [
    {'type': 'mmsar.LoadSARImage', 'key': 'sar'},
    {'type': 'mmsar.LoadSARImage', 'key': 'optical'},
    {'type': 'mmsar.StretchSAR', 'rule': '8bit', 'key': 'sar'},
    {'type': 'mmsar.StretchSAR', 'rule': '8bit', 'key': 'optical'},
    {'type': 'StandInPack'},
]


def write_config(folder: Path, pipeline: list[dict[str, Any]] = PIPELINE, **settings: Any) -> Path:
    """Write a config of the stand-ins; its data are in ``folder``/sar and ``folder``/optical."""
    data = {'type': 'StandInPairs', 'data_root': str(folder), 'pipeline': pipeline}
    config = {
        'default_scope': 'mmengine',
        'model': {'type': 'StandInBridge'},
        'test_dataloader': {'batch_size': 2, 'dataset': data},
        'test_evaluator': {'type': 'mmsar.MatchingMetric', 'threshold': 0.01},
        **settings,
    }
    path = folder / 'config.py'
    path.write_text('\n'.join(f'{name} = {value!r}' for name, value in config.items()))
    return path


def write_checkpoint(path: Path) -> StandInBridge:
    """Write the weights of a network whose branches see alike; return it."""
    torch.manual_seed(0)
    model = StandInBridge()
    for module in model.sar_branch.modules():  # codes that vary with the image
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.normal_(model.sar_branch.head.fc.weight, std=0.7)
    model.align()
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    return model.eval()
