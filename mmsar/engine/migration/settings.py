"""How a data set is migrated, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmsar.engine.image_jobs.folder import require_apart
from mmsar.errors import ConfigError

FILE = 'migration.json'


@dataclass(frozen=True)
class MigrationSettings:
    """How a data set is migrated.

    Attributes:
        model: Config of the model: results of another one are refused.
        stretch: Arguments of :class:`mmsar.StretchSAR` but ``out``; one rule for contents and
            references. Results are mapped back by its inverse.
        load: Arguments of :class:`mmsar.LoadSARImage` but ``channels``.
        styles: See :class:`mmsar.engine.migration.references.Choice`.
        batch_size: Images at a time.
        overwrite: Do everything again where results were made with other settings.
        weights: Checkpoint that the model has its weights from, a file or a URL: results of another
            one are refused. None: from its config, or it has none.

    Raises:
        ConfigError: The batch size is no number above zero.
    """

    model: Mapping[str, Any]
    stretch: Mapping[str, Any] = field(default_factory=lambda: {'rule': '8bit'})
    load: Mapping[str, Any] = field(default_factory=dict)
    styles: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int = 8
    overwrite: bool = False
    weights: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise ConfigError(f'batch_size={self.batch_size!r}; give a whole number above zero')


@dataclass(frozen=True)
class Folders:
    """Where a migration reads and writes.

    Attributes:
        content: Images to migrate, at any depth.
        style: References of the new sensor.
        out: Results, by the names of the contents.

    Raises:
        ConfigError: One is not named, or ``out`` and another contain one another.
    """

    content: Path
    style: Path
    out: Path

    def __post_init__(self) -> None:
        for name in ('content', 'style', 'out'):
            folder = getattr(self, name)
            if not folder:
                raise ConfigError(f'a migration needs the folder {name!r}: --{name} DIR')
            object.__setattr__(self, name, Path(folder))
        require_apart(self.out, content=self.content, style=self.style)


def read_settings(
    model: Mapping[str, Any], settings: Mapping[str, Any], weights: str | None = None
) -> MigrationSettings:
    """Return the settings that a config describes.

    Args:
        model: Config of the model.
        settings: Attributes of :class:`MigrationSettings` but ``model`` and ``weights``.
        weights: Checkpoint of the model.

    Raises:
        ConfigError: One is unknown or wrong.
    """
    fields = MigrationSettings.__dataclass_fields__
    known = [name for name in fields if name not in ('model', 'weights')]
    unknown = set(settings) - set(known)
    if unknown:
        raise ConfigError(
            f'a migration has no setting {min(unknown)!r}; it has content, style, out, '
            f'{", ".join(known)}'
        )
    return MigrationSettings(model, weights=weights, **settings)
