"""CA-CFAR as a detector of mmdet's kind, without weights."""

from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor

from mmsar.models.detectors.ca_cfar import CACFAR
from mmsar.registry import MODELS


@MODELS.register_module()
class CFARDetector(BaseModel):
    """The classical baseline where a detector is asked for: nothing is trained, one class.

    It looks at the first channel of images in decibels, as ``StretchSAR(rule='db', out=(low,
    high))`` makes them.

    Args:
        threshold_db: See :class:`mmsar.models.detectors.CACFAR`, as of the others.
        guard: See there.
        background: See there.
        min_pixels: See there.
        closing: See there.
        full_score_db: Ratio of a detection whose score is 1; at the threshold it is 0.5.
        data_preprocessor: As in mmengine.
    """

    def __init__(
        self,
        threshold_db: float = 5.0,
        guard: int = 32,
        background: int = 48,
        min_pixels: int = 12,
        closing: int = 3,
        full_score_db: float = 25.0,
        data_preprocessor: Any = None,
    ) -> None:
        super().__init__(data_preprocessor)
        self.cfar = CACFAR(threshold_db, guard, background, min_pixels, closing)
        self.full_score_db = full_score_db

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = 'predict') -> Any:
        """Detect in images (C, H, W), one by one."""
        if mode != 'predict':
            raise NotImplementedError('CFARDetector cannot be trained: it has no weights')
        for image, sample in zip(inputs, data_samples, strict=True):
            found = self._detect(image[0])
            # In pixels of the file, as mmdet's detectors predict
            found.bboxes /= torch.tensor((*sample.get('scale_factor', (1.0, 1.0)),) * 2)
            sample.pred_instances = found
        return data_samples

    def _detect(self, image: Tensor) -> InstanceData:
        intensity = 10 ** (image.float().cpu().numpy() / 10)
        boxes, ratios = self.cfar.detect(intensity)
        low = self.cfar.threshold_db
        scores = 0.5 + 0.5 * np.clip((ratios - low) / (self.full_score_db - low), 0, 1)
        return InstanceData(
            bboxes=torch.from_numpy(boxes),
            scores=torch.from_numpy(scores.astype(np.float32)),
            labels=torch.zeros(len(boxes), dtype=torch.int64),
        )
