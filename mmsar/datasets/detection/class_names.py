"""One spelling for each class, whatever a copy of a data set calls it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmsar.datasets.checks import some
from mmsar.errors import DataError


def unify_names(
    images: list[dict[str, Any]],
    classes: Sequence[str],
    source: str,
    aliases: Mapping[str, str] | None = None,
) -> None:
    """Give each object the published spelling of its class.

    Case, spaces and punctuation do not count.

    Args:
        images: With ``boxes``, a list of :class:`mmsar.datasets.detection.Box`; changed in place.
        classes: Published names.
        source: The annotations, for messages.
        aliases: Other names of a class.

    Raises:
        DataError: A name is none of them; or there are two names of one class, so that they may be
            two classes.
    """
    known = {_bare(name): name for name in classes}
    known |= {_bare(alias): name for alias, name in (aliases or {}).items()}
    spelt: dict[str, dict[str, str]] = {}  # class -> bare name -> as it was found
    unknown = set()
    for image in images:
        for number, box in enumerate(image['boxes']):
            bare = _bare(box.name)
            if bare not in known:
                unknown.add(box.name)
                continue
            spelt.setdefault(known[bare], {})[bare] = box.name
            image['boxes'][number] = box._replace(name=known[bare])
    if unknown:
        raise DataError(
            f'{source} has objects of the class {some(sorted(unknown))}; the data set has '
            f'{", ".join(classes)}. Correct or remove them'
        )
    for name, found in spelt.items():
        if len(found) > 1:
            raise DataError(
                f'{source} has objects called {" and ".join(sorted(found.values()))}: one class or '
                f'two? If they are one, name them all {name}'
            )


def _bare(name: str) -> str:
    return re.sub(r'[\W_]+', '', name).lower()
