"""How many images of a folder a classifier recognises."""

from pathlib import Path

from mmsar.apis.image_comparison.image_folder import ImageFolder
from mmsar.apis.recognition.classifier import ChipClassifier
from mmsar.datasets.checks import some
from mmsar.errors import DataError


def recognised(classifier: ChipClassifier, folder: ImageFolder) -> float:
    """Return the share of images whose class is found: shapes have stayed what they were.

    The class is the first folder in the name of a file. A classifier of the old sensor says of
    migrated images whether they still show what their contents did; its share of the contents
    themselves is what it can.

    Raises:
        DataError: A folder is not a class of the classifier.
    """
    names = {name: number for number, name in enumerate(classifier.classes)}
    classes = [Path(name).parts[0] for name in folder.names]
    unknown = sorted({*classes} - {*names})
    if unknown:
        raise DataError(
            f'{folder.folder}: {some(unknown)} is no class of the classifier '
            f'({", ".join(classifier.classes)}); images must lie in folders of their classes'
        )
    found = classifier(folder.paths).labels
    return float((found == [names[name] for name in classes]).mean())
