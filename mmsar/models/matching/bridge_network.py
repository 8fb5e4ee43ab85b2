"""The bridge network."""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.model import BaseModel, BaseModule
from torch import Tensor

from mmsar.errors import ConfigError
from mmsar.models.matching.batch_pairs import pairs_of_batch
from mmsar.models.matching.branch_init import BRANCHES, backbone_init, fit_backbone
from mmsar.models.weights import input_channels
from mmsar.registry import MODELS
from mmsar.structures import PairSample


def bridge_distance(z_sar: Tensor, z_optical: Tensor, eps: float = 1e-12) -> Tensor:
    """Return ||z_sar - z_optical|| / sqrt(n), equation 1.

    Args:
        z_sar: (..., n).
        z_optical: (..., n); the two are broadcast.
        eps: Added under the root, whose derivative at 0 is infinite. A distance of 0 becomes
            sqrt(eps), with gradient 0.

    Returns:
        (...), float32 at least: the square of a small distance vanishes in float16.
    """
    difference = z_sar - z_optical
    if difference.dtype in (torch.float16, torch.bfloat16):
        difference = z_sar.float() - z_optical.float()
    return (difference.square().mean(dim=-1) + eps).sqrt()


class BridgeBranch(BaseModule):
    """One of the two networks: a backbone, and a head that projects its last feature map.

    Args:
        backbone: Config, such as ``dict(type='mmdet.ResNet', depth=50, out_indices=(3,))``.
        head: Config of :class:`mmsar.BridgeHead`.
    """

    def __init__(self, backbone: Mapping[str, Any], head: Mapping[str, Any]) -> None:
        super().__init__()
        self.backbone = MODELS.build(dict(backbone))
        self.head = MODELS.build(dict(head))

    def forward(self, images: Tensor) -> Tensor:
        """Return the common representation (N, n) of images (N, C, H, W), normalised."""
        return self.head(self.backbone(images))


@MODELS.register_module()
class BridgeNetwork(BaseModel):
    """Projects SAR and optical images into a common space where matching ones are close.

    Source: Xu et al., Task-Driven Common Representation Learning via Bridge Neural Network, AAAI
    2019, arXiv 1906.10897; for optical-SAR pairs the paper on joint interpretation (2021),
    equations 1 to 5. The two branches share no weights.

    Args:
        sar_branch: ``dict(backbone=..., head=...)``, see :class:`BridgeBranch`. Backbones of mmdet
            have ``norm_eval=True`` by default, which keeps the statistics of batch normalisation
            as they are: set it False.
        optical_branch: Likewise.
        loss: Config of :class:`mmsar.BridgeLoss`.
        branch_init: What the backbones start from, see
            :func:`mmsar.models.matching.branch_init.backbone_init`. By default both from the same
            ImageNet weights: torchvision's for ResNet (ImageNet's mean and standard deviation),
            those of ``darknet53_from_timm.py`` for Darknet. With one input channel, the stem is
            summed over red, green and blue.
        batch_negatives: In training, compare each SAR image with the optical images of all pairs in
            the batch, not only with the one it came with: N^2 comparisons for the work of N. Pairs
            of one scene are left out. The paper draws the negatives one by one. For a data set with
            ``negatives='none'``. With several processes, each compares its own share of the batch.
        data_preprocessor: Config of :class:`mmsar.PairDataPreprocessor`.
        channels_last: Keep the weights of convolutions with the channels last in memory, which is
            faster on CPUs (docs/tools.md); results differ by rounding.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: A part of the config does not fit another.
    """

    fits_backbones = True  # read by CheckNormalisationHook; see init_weights

    def __init__(
        self,
        sar_branch: Mapping[str, Any],
        optical_branch: Mapping[str, Any],
        loss: Mapping[str, Any] | None = None,
        branch_init: Any = 'imagenet',
        batch_negatives: bool = False,
        data_preprocessor: Any = None,
        channels_last: bool = False,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(data_preprocessor or {'type': 'mmsar.PairDataPreprocessor'}, init_cfg)
        branches = {'sar': sar_branch, 'optical': optical_branch}
        for name, branch in branches.items():
            _require_parts(f'{name}_branch', branch)
        start = backbone_init(
            branch_init, {name: cfg['backbone'] for name, cfg in branches.items()}
        )
        for name, branch in branches.items():
            backbone = dict(branch['backbone'])
            if start[name] is not None:
                backbone['init_cfg'] = start[name]
            self.add_module(f'{name}_branch', BridgeBranch(**{**branch, 'backbone': backbone}))
            self._check_channels(name)
        if self.sar_branch.head.out_channels != self.optical_branch.head.out_channels:
            raise ConfigError(
                'the two branches need one common space, but head.out_channels is '
                f'{self.sar_branch.head.out_channels} in sar_branch and '
                f'{self.optical_branch.head.out_channels} in optical_branch'
            )
        self.loss = MODELS.build(dict(loss or {'type': 'mmsar.BridgeLoss'}))
        self.batch_negatives = batch_negatives
        if channels_last:  # here, since DistributedDataParallel lays out gradients like weights
            self.to(memory_format=torch.channels_last)

    def init_weights(self) -> None:
        """Initialise; pre-trained weights of a backbone must be complete."""
        backbones = [getattr(self, f'{name}_branch').backbone for name in BRANCHES]
        hooks = [b.register_load_state_dict_pre_hook(fit_backbone) for b in backbones]
        try:
            super().init_weights()
        finally:
            for hook in hooks:
                hook.remove()

    def forward(
        self,
        inputs: Mapping[str, Tensor],
        data_samples: list[PairSample] | None = None,
        mode: str = 'tensor',
    ) -> Any:
        """Compare pairs.

        Args:
            inputs: ``sar`` and ``optical``, (N, C, H, W) each, as the preprocessor gives them.
            data_samples: N samples, with ``label`` for the loss.
            mode: See below.

        Returns:
            ``tensor``: z_sar (N, n), z_optical (N, n) and their distance (N,).
            ``loss``: ``loss``, and its parts ``match_term`` and ``nonmatch_term`` for the log.
            ``predict``: the samples, with ``distance``, ``z_sar`` and ``z_optical``.
        """
        z_sar = self.sar_branch(inputs['sar'])
        z_optical = self.optical_branch(inputs['optical'])
        if mode == 'loss' and data_samples is not None:
            return self._loss(z_sar, z_optical, data_samples)
        distance = bridge_distance(z_sar, z_optical)
        if mode == 'tensor':
            return z_sar, z_optical, distance
        if mode == 'predict':
            samples = data_samples or [PairSample() for _ in distance]
            for n, sample in enumerate(samples):
                sample.distance = distance[n]
                sample.z_sar, sample.z_optical = z_sar[n], z_optical[n]
            return samples
        raise ValueError(f"mode={mode!r}; 'loss' needs data_samples, others are tensor and predict")

    def _loss(
        self, z_sar: Tensor, z_optical: Tensor, samples: list[PairSample]
    ) -> dict[str, Tensor]:
        if self.batch_negatives:
            match, counted = (mask.to(z_sar.device) for mask in pairs_of_batch(samples))
            terms = self.loss(bridge_distance(z_sar[:, None], z_optical), match, counted)
        else:
            labels = torch.stack([sample.label for sample in samples])
            terms = self.loss(bridge_distance(z_sar, z_optical), labels)
        loss, match_term, nonmatch_term = terms
        return {
            'loss': loss,
            'match_term': match_term.detach(),
            'nonmatch_term': nonmatch_term.detach(),
        }

    def _check_channels(self, name: str) -> None:
        """Compare the channels that the preprocessor gives with those that the backbone takes."""
        given = getattr(getattr(self.data_preprocessor, name, None), 'channels', None)
        taken = input_channels(getattr(self, f'{name}_branch').backbone)
        if given is not None and taken is not None and given != taken:
            raise ConfigError(
                f'data_preprocessor.{name}.channels={given}, but {name}_branch.backbone takes '
                f'{taken}; make them equal (mmdet.ResNet has in_channels, mmdet.Darknet takes 3)'
            )


def _require_parts(name: str, branch: Any) -> None:
    """Check that a branch has both parts, and that each says what it is."""
    for part in ('backbone', 'head'):
        config = branch.get(part) if isinstance(branch, Mapping) else None
        if not isinstance(config, Mapping) or 'type' not in config:
            raise ConfigError(
                f'{name}.{part} is {config!r}; give {name}=dict(backbone=dict(type=...), '
                "head=dict(type='mmsar.BridgeHead', in_channels=...))"
            )
