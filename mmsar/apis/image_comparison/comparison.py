"""Real images beside several sets of generated ones."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.apis.image_comparison.image_folder import ImageFolder
from mmsar.apis.provenance import now, versions
from mmsar.evaluation.generation.comparison import GenerationFigures, Reference
from mmsar.evaluation.generation.moved import moved
from mmsar.evaluation.generation.naming import Figures
from mmsar.evaluation.generation.picture import draw_comparison
from mmsar.evaluation.generation.statistics import FidelitySettings
from mmsar.evaluation.generation.table import format_shares, format_table
from mmsar.evaluation.report import write_json

SOURCE = 'source'
REAL = 'real'


class ImageComparison:
    """Figures of several sets of images against the same real ones.

    Args:
        real: The real images.
        sets: Others, by name; one that is called ``source`` is what the others were migrated from.
        settings: How figures are taken; saturation is that of each folder.
        features: Makes features (N, D) of a folder, by a trained network; None: without.
        recognise: Returns the share of a folder that a classifier recognises; None: without.

    Attributes:
        figures: By name of the set.
        moved: By name of the set, the share of the way from the source; empty without one.
        recognised: By name of the set, and of ``real``, the share; empty without ``recognise``.

    Raises:
        DataError: A set cannot be compared.
    """

    def __init__(
        self,
        real: ImageFolder,
        sets: Mapping[str, ImageFolder],
        settings: FidelitySettings,
        features: Callable[[ImageFolder], NDArray[Any]] | None = None,
        recognise: Callable[[ImageFolder], float] | None = None,
    ) -> None:
        self.real, self.sets, self.settings = real, dict(sets), settings
        self.reference = Reference(
            real.images,
            settings,
            features and features(real),
            [str(path) for path in real.paths],
        )
        self.figures: dict[str, GenerationFigures] = {}
        for name, folder in sets.items():
            statistics = self.reference.describe(
                folder.images,
                features and features(folder),
                [str(path) for path in folder.paths],
                f'images of {folder.folder}',
                folder.saturation,
            )
            self.figures[name] = self.reference.compare(statistics)
        self.moved: dict[str, Figures] = {}
        if SOURCE in self.figures:
            source = self.figures[SOURCE].figures
            self.moved = {
                name: moved(source, found.figures, self.reference.floor)
                for name, found in self.figures.items()
                if name != SOURCE
            }

        folders = {REAL: real, **self.sets} if recognise else {}
        self.recognised = {name: recognise(folder) for name, folder in folders.items()}  # type: ignore[misc]

    def table(self) -> str:
        """Return all figures, and what the reader must know."""
        parts = [
            format_table(
                {name: found.figures for name, found in self.figures.items()},
                self.reference.floor,
                f'{len(self.real.images)} real images',
            )
        ]
        if self.moved:
            parts.append(format_shares(self.moved, 'moved from the source [%]'))
        if self.recognised:
            shares = {name: {'images': share} for name, share in self.recognised.items()}
            parts.append(format_shares(shares, 'recognised [%]'))
        return '\n'.join([*parts, *self.notes()])

    def notes(self) -> list[str]:
        """Return the notes on all sets, those that several have once."""
        notes = [
            note if note in self._common() else f'{name}: {note}'
            for name, found in self.figures.items()
            for note in found.notes
        ]
        return list(dict.fromkeys(notes))

    def write(self, folder: Path, title: str = '', picture: bool = True) -> Sequence[Path]:
        """Write ``figures.json`` and, with ``picture``, ``comparison.png`` into a folder."""
        paths = folder / 'figures.json', folder / 'comparison.png'
        write_json(paths[0], self._content())
        if not picture:
            return paths[:1]
        drawn: dict[str, Any] = {'real': (self.real.images, self.reference.statistics)}
        for name, found in self.figures.items():
            drawn[name] = self.sets[name].images, found.generated
        draw_comparison(paths[1], drawn, self.settings, title)
        return paths

    def _common(self) -> set[str]:
        notes = [set(found.notes) for found in self.figures.values()]
        return set.intersection(*notes) if notes else set()

    def _content(self) -> dict[str, Any]:
        sets = {}
        for name, found in self.figures.items():
            content = found.as_dict()
            sets[name] = {
                'folder': str(self.sets[name].folder),
                'type': self.sets[name].dtype,
                'images': content['images']['generated'],
                'ENL': content['ENL']['generated'],
                'figures': content['figures'],
                'notes': content['notes'],
            }
            if name in self.moved:
                sets[name]['moved'] = self.moved[name]
            if name in self.recognised:
                sets[name]['recognised'] = self.recognised[name]
        first = next(iter(self.figures.values())).as_dict()
        return {
            'real': {
                'folder': str(self.real.folder),
                'type': self.real.dtype,
                'images': first['images']['real'],
                'ENL': first['ENL']['real'],
                **({'recognised': self.recognised[REAL]} if self.recognised else {}),
            },
            'sets': sets,
            'floor': first['floor'],
            'settings': first['settings'],
            'versions': {**versions(), 'numpy': np.__version__},
            'date': now(),
        }
