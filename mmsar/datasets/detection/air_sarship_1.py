"""AIR-SARShip-1.0, ships in 31 large scenes of Gaofen-3."""

import re
from pathlib import Path

from mmsar.datasets.detection.base import Box
from mmsar.datasets.detection.scene_pairs import ScenePairs, pair_layouts
from mmsar.datasets.raster_files import raster_files
from mmsar.errors import DataError
from mmsar.registry import DATASETS

# The list that GrokSAR uses, in the ratio of the published results (21 to 10). Scene 10 holds more
# than a third of the ships in it.
_TEST = frozenset({5, 6, 8, 10, 12, 22, 24, 29, 30, 31})


@DATASETS.register_module()
class AIRSARShip1(ScenePairs):
    """AIR-SARShip-1.0: ships in 31 large scenes of Gaofen-3.

    Dataset features:

    * 16 bits, one channel, about 3000 x 3000 pixels, resolution 1 m or 3 m: use
      ``mmsar.LoadSARImage`` and ``mmsar.StretchSAR``;
    * 461 ships.

    Dataset format:

    * images: TIFF; the early release has PNG. Copies name them ``1.tiff`` or
      ``SARShip-1.0-1.tiff``: the number at the end is that of the scene
    * annotations: XML in the form of PASCAL VOC, coordinates taken as edges counted from 0 (or
      ``points``, as in AIR-SARShip-2.0); in the early release ``*.mbrect``, a line of four corners
      and a class for each ship, whose box is from their minimum to their maximum

    Dataset classes: ship

    There is no official split. Scenes 5, 6, 8, 10, 12, 22, 24, 29, 30 and 31 are the test set, as
    in GrokSAR (https://github.com/GrokCV/GrokSAR).

    If you use the data set, please cite:

    * https://doi.org/10.12000/JR19097 (Sun et al., AIR-SARShip-1.0: High-Resolution SAR Ship
      Detection Dataset, Journal of Radars, 2019)

    Args:
        data_root: Folder with the data set.
        split: ``train`` or ``test``.
        **kwargs: See :class:`mmsar.datasets.detection.published.PublishedDetection`.
    """

    METAINFO = {'classes': ('ship',)}
    name = 'AIR-SARShip-1.0'
    page = 'docs/datasets/air_sarship_1.md'
    tree = ('AIR-SARShip-1.0-data/*.tiff', 'AIR-SARShip-1.0-xml/*.xml')
    num_images = {'all': 31}
    # Last, the early release: a folder for each scene.
    layouts = {**pair_layouts(name), 'early': ('*/*.mbrect',)}

    def choose(self, keys: list[str]) -> set[str]:
        """Return the scenes that belong to the split."""
        return {key for key in keys if (int(key) in _TEST) == (self.split == 'test')}

    def files(self) -> tuple[list[Path], list[Path]]:
        """Return the image files and the annotation files."""
        layout, root = self.place
        if layout != 'early':
            return super().files()
        self.ann_file = str(root)
        scenes = sorted(path for path in root.iterdir() if any(path.glob('*.mbrect')))
        images = [image for folder in scenes for image in raster_files(folder)]
        return images, [path for folder in scenes for path in sorted(folder.glob('*.mbrect'))]

    def read_scene(self, path: Path) -> tuple[tuple[int, int] | None, list[Box]]:
        """Return the size of the image, if the annotation has it, and the boxes."""
        return (None, _read_mbrect(path)) if path.suffix == '.mbrect' else super().read_scene(path)


def _read_mbrect(path: Path) -> list[Box]:
    """Read the annotation of an early release: a line x1,y1,...,x4,y4,class for each ship."""
    boxes = []
    for number, line in enumerate(path.read_text(encoding='utf-8-sig').splitlines(), 1):
        if not line.strip():
            continue
        *corners, name = re.split(r'[,\s]+', line.strip(', \t'))
        try:
            xs, ys = [float(v) for v in corners[::2]], [float(v) for v in corners[1::2]]
        except ValueError:
            xs = ys = []
        if len(xs) != 4 or len(ys) != 4:
            raise DataError(
                f'{path}, line {number}: {line!r} is not four corners and a class, '
                'x1,y1,x2,y2,x3,y3,x4,y4,ship'
            )
        boxes.append(Box((min(xs), min(ys), max(xs), max(ys)), name))
    return boxes
