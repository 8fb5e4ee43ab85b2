"""Eight speckled chips, for the tests of pre-training."""

from typing import Any

import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS


@DATASETS.register_module()
class ToyChips(BaseDataset):
    """Chips of 32 x 32 pixels, 0 to 255, with new speckle in each epoch."""

    def load_data_list(self) -> list[dict[str, Any]]:
        return [{'level': 20 + 10 * number} for number in range(8)]

    def prepare_data(self, idx: int) -> dict[str, Any]:
        values = self.get_data_info(idx)['level'] * np.random.gamma(1, 1, (1, 32, 32))
        values[:, 10:20, 12:18] += 100
        image = torch.as_tensor(values.clip(0, 255), dtype=torch.float32)
        return {'inputs': image, 'data_samples': str(idx)}
