"""Numbers of the classes of a data set."""

from collections.abc import Iterable, Sequence

from mmsar.datasets.checks import some
from mmsar.errors import DataError


def number_classes(
    labels: Iterable[str], classes: Sequence[str] | None, source: str
) -> dict[str, int]:
    """Return the number of each class, in their order.

    Args:
        labels: Names of classes that the samples have.
        classes: The classes in order. None, or empty: those of the samples, sorted.
        source: Of the samples, for messages.

    Raises:
        DataError: A sample has another class.
    """
    names = sorted(set(labels))
    classes = tuple(classes or names)
    unknown = [name for name in names if name not in classes]
    if unknown:
        raise DataError(
            f'{source} has the classes {some(unknown)}, which are none of {", ".join(classes)}; '
            'set metainfo=dict(classes=(...)) of the data set'
        )
    return {name: number for number, name in enumerate(classes)}
