"""Networks that tell whether an optical and a SAR image show the same place."""

from mmsar.models.matching.bridge_head import BridgeHead
from mmsar.models.matching.bridge_network import BridgeBranch, BridgeNetwork, bridge_distance

__all__ = ['BridgeBranch', 'BridgeHead', 'BridgeNetwork', 'bridge_distance']
