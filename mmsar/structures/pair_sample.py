"""An optical-SAR pair without its pixels."""

from mmengine.structures import BaseDataElement
from torch import Tensor


class PairSample(BaseDataElement):
    """Label of an optical-SAR pair, where its images are from, and what a model made of it.

    Meta information: ``sar_path`` and ``optical_path``; ``sar_id`` and ``optical_id``, the place in
    the data set of the pair that each image is from; ``sar_group`` and ``optical_group``, their
    scenes, or None.

    Attributes:
        label: (), 1 for a match, 0 for none.
        distance: (), from 0 (match) to 1; after prediction.
        z_sar: (n,), the SAR image in the common space; after prediction.
        z_optical: (n,), likewise.
    """

    label: Tensor
    distance: Tensor
    z_sar: Tensor
    z_optical: Tensor
