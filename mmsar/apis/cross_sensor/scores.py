"""What a classifier reached: confusion, figures, and the course of its training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.cross_sensor.classifier import ACCURACY
from mmsar.apis.training_curves import read_scalars
from mmsar.errors import DataError

FIGURES = ('accuracy', 'precision', 'recall', 'F1')


def confusion_matrix(truth: Sequence[int], found: Sequence[int], classes: int) -> NDArray[np.int64]:
    """Return how often each class (row) was taken for each (column)."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (np.asarray(truth, np.intp), np.asarray(found, np.intp)), 1)
    return matrix


def class_figures(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Return precision, recall and F1 of each class, in percent.

    Args:
        confusion: (K, K), classes in rows, what they were taken for in columns.

    Returns:
        Each (K,). The precision of a class that nothing was taken for is 0, as is F1 of a class
        of which nothing was found.
    """
    matrix = np.asarray(confusion, np.float64)
    right, there, said = matrix.diagonal(), matrix.sum(1), matrix.sum(0)

    def share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(100 * part, whole, out=np.zeros_like(part), where=whole > 0)

    return {
        'precision': share(right, said),
        'recall': share(right, there),
        'F1': share(2 * right, there + said),
    }


def figures(confusion: NDArray[Any]) -> dict[str, float]:
    """Return accuracy, and precision, recall and F1 as means over the classes, in percent."""
    matrix = np.asarray(confusion, np.float64)
    means = {name: float(values.mean()) for name, values in class_figures(matrix).items()}
    return {'accuracy': float(100 * np.trace(matrix) / matrix.sum()), **means}


def read_training(work_dir: Path) -> dict[str, list[float]]:
    """Return epochs, losses and training accuracies (percent; empty where not logged) of a run.

    Of a run that was stopped, the parts are joined: what was trained again counts.

    Raises:
        DataError: Nothing was logged.
    """
    losses: dict[int, float] = {}
    right: dict[int, float] = {}
    cut_off: list[str] = []
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in read_scalars(path, cut_off):
            if 'loss' in line and 'epoch' in line:
                losses[int(line['epoch'])] = float(line['loss'])
                if ACCURACY in line:
                    right[int(line['epoch'])] = float(line[ACCURACY])
    if not losses:
        raise DataError(f'{work_dir} has no loss in its */vis_data/scalars.json')
    epochs = sorted(losses)
    accuracy = [right[epoch] for epoch in epochs] if right.keys() == losses.keys() else []
    return {
        'epoch': [float(epoch) for epoch in epochs],
        'loss': [losses[epoch] for epoch in epochs],
        'accuracy': accuracy,
    }
