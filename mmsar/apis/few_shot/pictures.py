"""Pictures of few-shot classification: curves, confusion, and chips by their features."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.few_shot.table import accuracies, interval, row_name
from mmsar.errors import ConfigError
from mmsar.figure import new_figure
from mmsar.io import replacing

# Okabe and Ito: told apart by the colour-blind; the lines differ as well.
_COLOURS = ('#d55e00', '#0072b2', '#000000', '#009e73', '#cc79a7', '#e69f00', '#56b4e9')
_LINES = ('-', '--', ':', '-.', (0, (5, 1)), (0, (3, 1, 1, 1)))
_MARKERS = 'os^Dv*PX'
_FEW = 2000  # points


def draw_curves(path: Path, records: Sequence[Mapping[str, Any]], title: str) -> None:
    """Write accuracy against shots as PNG: means, and their 95 % intervals."""
    figure = new_figure(7.5, 5)
    axes = figure.add_subplot()
    rows = list(dict.fromkeys(row_name(record) for record in records))
    sizes = list(dict.fromkeys(record['shots'] for record in records))
    for number, row in enumerate(rows):
        chosen = [record for record in records if row_name(record) == row]
        values = [list(accuracies(record).values()) for record in chosen]
        wide = [interval(v) if len(v) > 1 else 0.0 for v in values]
        axes.errorbar(
            [sizes.index(record['shots']) for record in chosen],
            [float(np.mean(v)) for v in values],
            wide,
            label=row,
            capsize=3,
            markersize=4,
            color=_COLOURS[number % len(_COLOURS)],
            linestyle=_LINES[number % len(_LINES)],
            marker=_MARKERS[number % len(_MARKERS)],
        )
    axes.set_xticks(range(len(sizes)), [str(size) for size in sizes])
    axes.set(xlabel='training chips a class', ylabel='accuracy in %', title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    _save(path, figure)


def draw_confusion(path: Path, record: Mapping[str, Any]) -> None:
    """Write the confusion matrix of a record as PNG, summed over the seeds, rows in percent."""
    names = record['classes']
    counts = np.sum([run['confusion'] for run in record['runs'].values()], axis=0)
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = 2.2 + 0.5 * len(names)
    figure = new_figure(side + 0.8, side)
    axes = figure.add_subplot()
    drawn = axes.imshow(shares, cmap='Blues', vmin=0, vmax=100)
    for (row, column), share in np.ndenumerate(shares):
        colour = 'white' if share > 55 else 'black'
        axes.text(column, row, f'{share:.0f}', ha='center', va='center', color=colour, fontsize=7)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    shots = 'all chips' if record['shots'] == 'all' else f'{record["shots"]} shots'
    seeds = f'{len(record["runs"])} seeds'
    axes.set(
        xlabel='taken for',
        ylabel='class',
        title=f'{row_name(record)}, {shots}, {seeds}: % of class',
    )
    figure.colorbar(drawn, ax=axes, shrink=0.8)
    _save(path, figure)


def require_embedding(how: str) -> Any:
    """Return the class that lays features out in a plane, None for ``none``.

    Args:
        how: ``tsne``, ``umap`` or ``none``.

    Raises:
        ConfigError: The package that it needs is not installed.
    """
    try:
        if how == 'umap':
            from umap import UMAP

            return UMAP
        if how == 'tsne':
            from sklearn.manifold import TSNE

            return TSNE
    except ImportError as error:
        fix = 'pip install umap-learn' if how == 'umap' else "pip install -e '.[recognition]'"
        raise ConfigError(f'--embed {how} needs a package: {fix}; or give --embed none') from error
    return None


def embed(features: NDArray[np.float32], how: str, seed: int = 0) -> NDArray[np.float32]:
    """Return places of chips in a plane, (N, 2).

    Args:
        features: (N, D).
        how: ``tsne`` or ``umap``.
        seed: Of it.

    Raises:
        ConfigError: The package that it needs is not installed.
    """
    kind = require_embedding(how)
    options: dict[str, Any] = {'random_state': seed}
    if how == 'tsne':
        options |= {'init': 'pca', 'perplexity': min(30.0, (len(features) - 1) / 3)}
    with _threads(len(features)):
        return np.asarray(kind(**options).fit_transform(features), np.float32)


def _threads(count: int) -> AbstractContextManager[Any]:
    """Keep few points to one thread: several wait for each other, seconds become half a minute."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn and umap-learn

    return threadpool_limits(1) if count < _FEW else nullcontext()


def draw_embedding(
    path: Path,
    places: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    title: str,
) -> None:
    """Write chips in the plane as PNG, a colour and a marker a class."""
    from matplotlib import colormaps

    figure = new_figure(8, 6)
    axes = figure.add_subplot()
    colours = [colormaps['tab10'](number) for number in range(10)]
    for number, name in enumerate(classes):
        chosen = places[labels == number]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=12,
            color=colours[number % len(colours)],
            marker=_MARKERS[number // len(colours) % len(_MARKERS)],
            label=name,
        )
    axes.set(title=title, xticks=[], yticks=[])
    figure.legend(loc='outside right center', fontsize=8)
    _save(path, figure)


def _save(path: Path, figure: Any) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)
