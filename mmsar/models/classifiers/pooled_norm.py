"""From the tokens of a transformer to one vector an image."""

from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmsar.errors import ConfigError
from mmsar.models.backbones.hivit_layers import NORM_EPS
from mmsar.registry import MODELS

POOLS = ('mean', 'grid')


@MODELS.register_module()
class PooledNorm(BaseModule):
    """Pool the last level of a backbone and normalise it: ``fc_norm`` of SARATR-X's classifiers.

    Source: github.com/waterdisappear/SARATR-X, classification.

    Args:
        dims: Channels of the level.
        pool: ``mean``, the published way: the mean of all tokens, then the norm; or ``grid``: each
            token is normalised, and all are kept with their places, so the vector is as many times
            longer.
        init_cfg: As in mmengine.

    Raises:
        ConfigError: There is no such way to pool.
    """

    def __init__(self, dims: int, pool: str = 'mean', init_cfg: object = None) -> None:
        super().__init__(init_cfg)
        if pool not in POOLS:
            raise ConfigError(f'PooledNorm: pool={pool!r}; choose one of {", ".join(POOLS)}')
        self.pool = pool
        self.fc_norm = nn.LayerNorm(dims, eps=NORM_EPS)

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor]:
        """Return vectors (N, dims), or (N, H * W * dims), of levels of which the last counts."""
        pooled = pool_tokens(levels[-1], self.pool)
        return (self.fc_norm(pooled).flatten(1),)


def pool_tokens(level: Tensor, pool: str) -> Tensor:
    """Return what is normalised, of a level (N, C, H, W): (N, 1, C), or (N, H * W, C)."""
    tokens = level.flatten(2).transpose(1, 2)
    return tokens.mean(1, keepdim=True) if pool == 'mean' else tokens
