"""Classifiers on frozen features, for many draws of training chips at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from mmsar.apis.few_shot.stacked_probe import train_probes
from mmsar.errors import ConfigError

HEADS = ('published', 'logistic', 'nearest')
# Inverse strength of the penalty on the weights of the logistic regression (scikit-learn's C).
LOGISTIC_C = 1.0
_CHUNK = 256


def predict(
    head: str,
    config: Config,
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
    seeds: Sequence[int],
    classes: int,
) -> NDArray[np.int64]:
    """Train a head on each draw and classify the test chips.

    Args:
        head: One of :data:`HEADS`. ``published``: norm, batch norm and linear layer, trained by the
            schedule of the config. ``logistic``: logistic regression, to its minimum. ``nearest``:
            the class of the nearest training chip.
        config: Of the classifier.
        train: (N, L, C), features of all training chips.
        labels: (N,).
        test: (M, L, C).
        draws: For each seed, places of its training chips; equally many.
        seeds: Of the draws; first weights and order follow them.
        classes: Number of them.

    Returns:
        (S, M), classes.

    Raises:
        ConfigError: The config's schedule cannot train a head alone, or scikit-learn is missing.
    """
    if head == 'published':
        return train_probes(config, train, labels, test, draws, seeds, classes)
    if head == 'nearest':
        return _nearest(normalised(train), labels, normalised(test), draws)
    return _logistic(normalised(train), labels, normalised(test), draws)


def normalised(tokens: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors (N, L * C): each token with mean 0 and variance 1, as ``fc_norm`` begins.

    Pixels, one token an image, stay what they are: see :func:`predict_pixels`.
    """
    values = torch.from_numpy(np.ascontiguousarray(tokens))
    values = torch.nn.functional.layer_norm(values, values.shape[-1:], eps=1e-6)
    return values.flatten(1).numpy()


def predict_pixels(
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
) -> NDArray[np.int64]:
    """Return the class of the training chip whose pixels differ least, (S, M)."""
    return _nearest(train[:, 0], labels, test[:, 0], draws)


def _nearest(
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
) -> NDArray[np.int64]:
    used = np.unique(np.concatenate([np.asarray(draw, np.int64) for draw in draws]))
    # Distances once for all draws
    known = train[used]
    squares = (known.astype(np.float64) ** 2).sum(1)
    distances = np.concatenate(
        [
            squares - 2 * (test[first : first + _CHUNK] @ known.T)
            for first in range(0, len(test), _CHUNK)
        ]
    )
    places = [np.searchsorted(used, draw) for draw in draws]
    found = [used[place[distances[:, place].argmin(1)]] for place in places]
    return np.stack([labels[nearest] for nearest in found])


def _logistic(
    train: NDArray[np.float32],
    labels: NDArray[np.int64],
    test: NDArray[np.float32],
    draws: Sequence[Sequence[int]],
) -> NDArray[np.int64]:
    regression = require_regression()
    found: list[Any] = []
    former: list[int] = []
    for draw in draws:
        if former == list(draw):  # all chips: there is one minimum
            found.append(found[-1])
            continue
        x, y = standardised(train[list(draw)], test)
        x, y = reduced(x, y)
        model = regression(C=LOGISTIC_C, max_iter=2000)
        found.append(model.fit(x, labels[list(draw)]).predict(y))
        former = list(draw)
    return np.stack(found).astype(np.int64)


def standardised(
    train: NDArray[np.float32], test: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both with mean 0 and variance 1 of each value over the training chips."""
    mean, std = train.mean(0, dtype=np.float64), train.std(0, dtype=np.float64)
    std[std < 1e-6] = 1.0
    return (train - mean) / std, (test - mean) / std


def reduced(
    train: NDArray[np.float64], test: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn vectors of more values than there are chips so that the first few hold everything.

    The weights of a penalised regression lie in the space of the training chips, so its result is
    the same.
    """
    count, values = train.shape
    if values <= count:
        return train, test
    power, axes = np.linalg.eigh(train @ train.T)
    kept = power > power[-1] * 1e-12
    turned = train.T @ (axes[:, kept] / np.sqrt(power[kept]))
    return train @ turned, test @ turned


def require_regression() -> Any:
    """Return scikit-learn's logistic regression.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise ConfigError(
            "--head logistic needs scikit-learn: pip install -e '.[recognition]'"
        ) from error
    return LogisticRegression
