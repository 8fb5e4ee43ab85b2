"""Chips of two sensors that have nothing to do with each other."""

from typing import Any

import numpy as np

from mmsar.datasets.translation.two_sensors import TwoSensors
from mmsar.registry import DATASETS


@DATASETS.register_module()
class UnpairedChips(TwoSensors):
    """Each chip of the old sensor with one of the new sensor that is drawn anew each time.

    Dataset features:

    * an epoch sees each chip of the old sensor once (of a smaller set, again from its first);
    * which chip of the new sensor comes with it follows (seed, epoch, index), within
      :class:`mmsar.SeededDataset`; classes are not looked at.

    Dataset format: two folders, or lists, as :class:`mmsar.SARChips` reads them.

    Args: see :class:`TwoSensors`.
    """

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return a sample; see :class:`TwoSensors`."""
        content = self._read('content', index % len(self.content))
        style = self._read('style', int(np.random.randint(len(self.style))))
        return self._sample(self.augment(dict(content)), self.augment(dict(style)))
