"""An optical-SAR pair, what is known of it and what a model says of it."""

from mmengine.structures import BaseDataElement
from torch import Tensor


class PairSample(BaseDataElement):
    """A SAR and an optical image that show the same ground, or do not.

    Metainfo: ``sar_path``, ``optical_path``; ``sar_id``, ``optical_id``, the places in the data set
    of the pairs that the two images are of; ``sar_group``, ``optical_group``, their scenes or None.

    Attributes:
        label: Tensor (), 1 if the images are of one pair, else 0.
        distance: Tensor (), of their features; from a prediction.
        z_sar: Tensor (n,), features of the SAR image; from a prediction.
        z_optical: Tensor (n,), likewise.
    """

    label: Tensor
    distance: Tensor
    z_sar: Tensor
    z_optical: Tensor
