"""Classes of chips by a trained classifier."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.recognition.loading import ChipLoader, PathLike, batches
from mmsar.engine.hooks.check_weights import require_all_weights
from mmsar.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a classifier says of chips.

    Attributes:
        labels: (N,), int64, into ``classes``.
        scores: (N, K), each row sums up to 1.
        classes: K names.
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    classes: tuple[str, ...]


class ChipClassifier:
    """Classifies chips with a trained ``ImageClassifier``.

    Images pass through the test pipeline and the data preprocessor of the config.

    Args:
        config: Config file of the classifier or its content.
        checkpoint: Of it, a work folder with one, or a URL. Every weight must be there.
        device: Of the network, such as ``cuda``.
        fields: See :class:`mmsar.apis.recognition.loading.ChipLoader`.

    Attributes:
        classes: Their names, as the checkpoint has them, or else their numbers.

    Raises:
        ConfigError: The config is not that of a classifier, or there is no checkpoint or device.
        CheckpointError: The checkpoint is unreadable or of another model.
    """

    def __init__(
        self,
        config: PathLike | Config,
        checkpoint: PathLike,
        device: str = 'cpu',
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        from mmengine.registry import MODELS, init_default_scope
        from mmengine.runner import CheckpointLoader

        self.config = config if isinstance(config, Config) else load_config(Path(config))
        target = require_device(device)
        init_default_scope(self.config.get('default_scope', 'mmpretrain'))
        self.loader = ChipLoader(self.config, fields)
        settings = self.config.model.to_dict()
        if self.config.get('data_preprocessor'):
            settings.setdefault('data_preprocessor', self.config.data_preprocessor.to_dict())
        if not isinstance(settings.get('head'), dict) or 'backbone' not in settings:
            raise ConfigError(
                'the model of the config has no head; chips are classified by a classifier, such '
                'as configs/saratrx/hivit-slim_linear_1xb25-coslr-30e_mstar-soc10.py'
            )
        self.model = MODELS.build(settings)
        source = find_checkpoint(str(checkpoint))
        weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
        self.model.load_state_dict(require_all_weights(self.model, weights, source))
        self.model.to(target).eval()
        count = int(settings['head'].get('num_classes') or 0)
        known = ((weights.get('meta') or {}).get('dataset_meta') or {}).get('classes')
        self.classes = tuple(map(str, known or range(count)))

    @torch.no_grad()
    def __call__(
        self,
        images: Sequence[PathLike | NDArray[Any]],
        batch_size: int = 32,
        done: Callable[[int], None] | None = None,
    ) -> Verdicts:
        """Classify files or arrays.

        Args:
            images: N files, or arrays (H, W) or (H, W, C) with values as in a file.
            batch_size: Images at a time.
            done: Called with the number of images of each batch that is done.

        Raises:
            DataError: An image cannot be read.
        """
        labels, scores = [], []
        for batch in batches((self.loader.load(image) for image in images), batch_size):
            samples = self.model.test_step(batch)
            labels += [int(sample.pred_label) for sample in samples]
            scores += [sample.pred_score.cpu().numpy() for sample in samples]
            if done is not None:
                done(len(samples))
        return Verdicts(
            np.array(labels, np.int64),
            np.array(scores, np.float32).reshape(len(labels), -1),
            self.classes,
        )
