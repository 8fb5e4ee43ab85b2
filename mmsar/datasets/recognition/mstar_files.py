"""What a file of MSTAR shows: from its Phoenix header, or from the folders of an image."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mmsar.datasets.recognition.mstar_protocol import ALIASES, CLASSES, OTHER_TARGETS, SERIALS
from mmsar.datasets.recognition.named_folders import bare, part_of
from mmsar.errors import DataError
from mmsar.io.formats.phoenix import read_header

_SERIALS = {name: {bare(serial): serial for serial in serials} for name, serials in SERIALS.items()}


class Sight(NamedTuple):
    """What is known of a chip.

    Attributes:
        label: Its class; empty for a target of no protocol.
        serial: Serial number of the vehicle; empty if the folders do not say it.
        depression: Depression angle in degrees, as planned; None if unknown.
        split: ``train`` or ``test`` by the folders; empty if they do not say it.
        variant: Bare name of the protocol that its folders name (``eoc1``); empty if none.
        scene: Number of the scene that its folders name; 1 if none.
    """

    label: str
    serial: str = ''
    depression: int | None = None
    split: str = ''
    variant: str = ''
    scene: int = 1


def from_header(root: Path, name: str, aliases: Mapping[str, str]) -> Sight:
    """Read what a Phoenix file shows.

    Fields: ``TargetType``, ``TargetSerNum``, and ``DesiredDepression`` or, rounded,
    ``MeasuredDepression`` (in some files ``MeasuredDepressionAngle``).

    Args:
        root: Folder of the data set.
        name: Path of the file below it, with slashes.
        aliases: Class by a ``TargetType`` that is not known.

    Raises:
        DataError: A field is missing or has an unknown value.
    """
    path = root / name
    header = read_header(path)
    kind = _field(path, header, 'TargetType')
    label = find_class(kind, aliases)
    scene = _scene(name.split('/')[:-1])
    if label is None:
        raise DataError(
            f'{path}: the header field TargetType is {kind!r}, none of the targets '
            f'{", ".join(CLASSES)}; leave the file out with exclude, or say which it is with '
            f"aliases={{'{kind}': 'T72'}}"
        )
    if not label:
        return Sight('')
    number = _field(path, header, 'TargetSerNum')
    serial = _find_serial(label, number)
    if serial is None:
        raise DataError(
            f'{path}: the header field TargetSerNum is {number!r}; {label} has the serial numbers '
            f'{", ".join(SERIALS[label])}. Leave the file out with exclude if it is no chip of the '
            'release'
        )
    fields = ('DesiredDepression', 'MeasuredDepression', 'MeasuredDepressionAngle')
    field = next((name for name in fields if header.get(name)), fields[0])
    angle = _field(path, header, field)
    try:
        depression = float(angle)
    except ValueError:
        depression = -1.0
    if not 0 < depression < 90:
        raise DataError(f'{path}: the header field {field} is {angle!r}, no angle in degrees')
    return Sight(label, serial, round(depression), scene=scene)


def from_folders(name: str, root: str, aliases: Mapping[str, str]) -> Sight:
    """Tell what an image shows by the folders that it lies in.

    The class is the first folder that is called as one (``T72``, ``BRDM_2``); the one below it, if
    any, is a serial number (``SN_132``, ``132``). Above, ``TRAIN`` or ``TEST``, ``17_DEG`` and the
    name of a protocol (``MSTAR_EOC1``) are understood, and others do not matter.

    Args:
        name: Path of the image below the data set, with slashes.
        root: Folder of the data set; its name may be that of a protocol.
        aliases: Class by the name of a folder that is not known.

    Raises:
        DataError: There is no class, or the folder below it is no serial number.
    """
    folders = name.split('/')[:-1]
    labels = [find_class(folder, aliases) for folder in folders]
    place = next((n for n, label in enumerate(labels) if label is not None), None)
    where = f'{root}/{name}'
    if place is None:
        raise DataError(
            f'{where}: none of its folders is called as a class ({", ".join(CLASSES)}); move it, '
            'leave it out with exclude, or name the class with aliases'
        )
    label = labels[place] or ''
    if not label:
        return Sight('')
    serial = ''
    for folder in folders[place + 1 :]:
        found = _find_serial(label, folder)
        if found is None:
            raise DataError(
                f'{where}: the folder {folder!r} is no serial number of {label} '
                f'({", ".join(SERIALS[label])}); rename it, or leave it out with exclude'
            )
        serial = found
    if not serial and len(SERIALS[label]) == 1:
        serial = SERIALS[label][0]
    above = folders[:place]
    split = part_of(above)
    degrees = [re.fullmatch(r'(\d\d)_?-? ?deg\w*', folder.lower()) for folder in above]
    depression = next((int(match[1]) for match in degrees if match), None)
    protocols = [
        re.match(r'(?:mstar)?(soc|eoc[12][cv]?)', bare(f)) for f in (Path(root).name, *above)
    ]
    variant = next((match[1] for match in reversed(protocols) if match), '')
    return Sight(label, serial, depression, split, variant, _scene(above))


def find_class(name: str, aliases: Mapping[str, str]) -> str | None:
    """Return the class with this name; an empty one for other targets, None for other words."""
    text = bare(name)
    given = {bare(key): value for key, value in aliases.items()}
    if text in given:
        return given[text]
    known = {bare(label): label for label in CLASSES}
    if text in OTHER_TARGETS:
        return ''
    return known.get(text) or ALIASES.get(text)


def _find_serial(label: str, text: str) -> str | None:
    number = re.sub(r'^sn', '', bare(text))
    return _SERIALS[label].get(number)


def _scene(folders: Sequence[str]) -> int:
    numbers = [re.fullmatch(r'scene(\d+)', bare(folder)) for folder in folders]
    return next((int(match[1]) for match in numbers if match), 1)


def _field(path: Path, header: Mapping[str, str], field: str) -> str:
    value = header.get(field, '')
    if not value:
        raise DataError(
            f'{path}: the header has no field {field}: it is no chip of a target; leave it out '
            "with exclude (['*clutter*'], say)"
        )
    return value
