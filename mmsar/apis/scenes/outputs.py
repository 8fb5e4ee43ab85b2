"""The files that are written of a scene."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmsar.apis.scenes.chips import write_chips
from mmsar.apis.scenes.detections import SceneDetections
from mmsar.apis.scenes.geojson import write_geojson
from mmsar.apis.scenes.geopackage import write_geopackage
from mmsar.apis.scenes.quick_look import draw_quick_look
from mmsar.apis.scenes.tables import write_coco, write_csv
from mmsar.errors import ConfigError
from mmsar.io import Raster

Writer = Callable[[Path, SceneDetections], None]
_FORMATS: dict[str, tuple[str, Writer]] = {
    'geojson': ('.geojson', write_geojson),
    'csv': ('.csv', write_csv),
    'coco': ('.coco.json', write_coco),
    'gpkg': ('.gpkg', write_geopackage),
}
FORMATS = tuple(_FORMATS)


@dataclass(frozen=True)
class Outputs:
    """What to write of each scene.

    Attributes:
        formats: Some of :data:`FORMATS`. A GeoPackage is left out where there is no geo-reference.
        quick_look: A PNG file of the scene with its boxes.
        chips: Images of the detections, in a folder.

    Raises:
        ConfigError: A format is unknown.
    """

    formats: Sequence[str] = ('geojson', 'csv')
    quick_look: bool = True
    chips: bool = False

    def __post_init__(self) -> None:
        unknown = set(self.formats) - set(FORMATS)
        if unknown:
            raise ConfigError(f'format {min(unknown)!r}: choose of {", ".join(FORMATS)}')

    def names(self, stem: str) -> list[str]:
        """Return the names of the files that may be written of a scene, without chips."""
        names = [stem + _FORMATS[name][0] for name in self.formats]
        return [*names, f'{stem}.png'] if self.quick_look else names

    def write(
        self, folder: Path, stem: str, raster: Raster, found: SceneDetections, bands: Any = None
    ) -> list[str]:
        """Write all files of a scene, each whole or not at all.

        Args:
            folder: Of the results.
            stem: Name of the scene in it, with folders.
            raster: The scene.
            found: Its detections.
            bands: That the detector looks at.

        Returns:
            Names of the files and of the folder of chips.
        """
        written = []
        for name in self.formats:
            suffix, write = _FORMATS[name]
            if name == 'gpkg' and found.corners is None:
                continue
            write(folder / (stem + suffix), found)
            written.append(stem + suffix)
        if self.quick_look:
            draw_quick_look(folder / f'{stem}.png', raster, found, bands)
            written.append(f'{stem}.png')
        if self.chips:
            write_chips(folder / f'{stem}_chips', raster, found)
            written += [f'{stem}_chips'] if len(found) else []
        return written
