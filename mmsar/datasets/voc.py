"""Detection data sets annotated in PASCAL VOC's XML format."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mmsar.datasets.checks import RASTER_SUFFIXES
from mmsar.datasets.detection import Box, DetectionDataset
from mmsar.errors import DataError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class VOCDetection(DetectionDataset):
    """Boxes from one XML file an image.

    It replaces ``mmdet.XMLDataset``, which knows only ``.jpg`` images, needs a list file, drops
    fractions of pixels and subtracts one from every coordinate.

    Dataset features:

    * images of any size, objects as axis-aligned boxes;
    * ``difficult`` objects become ignored regions.

    Dataset format:

    * images: any that the pipeline's loader reads
    * annotations: XML with ``filename``, ``size`` and ``object/bndbox``

    If you use the format in your research, please cite:

    * https://doi.org/10.1007/s11263-009-0275-4 (Everingham et al., The PASCAL VOC Challenge, 2010)

    Args:
        ann_file: Text file with the name of one sample a line, without suffix. Default: all XML
            files in the folder of the annotations, in the order of their names.
        data_prefix: ``dict(img='JPEGImages', ann='Annotations')``.
        one_based: The first pixel of a row is number 1 and xmax is the last pixel inside the box,
            as in PASCAL VOC. False: coordinates are edges, counted from 0.
        **kwargs: See :class:`mmsar.datasets.detection.DetectionDataset`.
    """

    lists_classes = False

    def __init__(
        self,
        ann_file: str = '',
        data_prefix: dict[str, str] | None = None,
        one_based: bool = True,
        **kwargs: Any,
    ) -> None:
        self.one_based = one_based
        data_prefix = {'img': 'JPEGImages', 'ann': 'Annotations', **(data_prefix or {})}
        super().__init__(ann_file=ann_file, data_prefix=data_prefix, **kwargs)

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the XML files."""
        folder = Path(self.data_prefix['ann'])
        if self.ann_file:
            lines = Path(self.ann_file).read_text(encoding='utf-8-sig').splitlines()
            stems = [line.strip() for line in lines if line.strip()]
            paths = [folder / f'{stem}.xml' for stem in stems]
        else:
            paths = sorted(folder.glob('*.xml'))
        # By the name of the XML file: what it calls its image is often an old name or a path.
        files = {
            path.stem: path.name
            for path in sorted(Path(self.data_prefix['img']).iterdir())
            if path.suffix.lower() in RASTER_SUFFIXES
        }
        images = [self._read_image(number, path, files) for number, path in enumerate(paths)]
        return images, sorted({box.name for image in images for box in image['boxes']})

    def _read_image(self, number: int, path: Path, files: dict[str, str]) -> dict[str, Any]:
        try:
            root = ElementTree.parse(path).getroot()
            size = {side: int(_number(root, f'size/{side}')) for side in ('width', 'height')}
            boxes = [self._read_box(item) for item in root.iter('object')]
        except FileNotFoundError as error:
            raise DataError(
                f'{self.ann_file} names {path.stem!r}, but {path} is missing; it must hold names '
                'without suffix, one a line'
            ) from error
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise DataError(f'{path} is not a complete VOC annotation: {error}') from error
        named = (root.findtext('filename') or f'{path.stem}.jpg').strip()
        folder = Path(self.data_prefix['img'])
        if Path(named).stem != path.stem or not (folder / named).exists():
            named = files.get(path.stem, named)
        return {
            'img_path': str(folder / named),
            'img_id': number,
            **size,
            'boxes': boxes,
        }

    def _read_box(self, item: ElementTree.Element) -> Box:
        corners = ('xmin', 'ymin', 'xmax', 'ymax')
        x1, y1, x2, y2 = (_number(item, f'bndbox/{corner}') for corner in corners)
        shift = 1 if self.one_based else 0
        difficult = item.findtext('difficult', '0').strip() == '1'
        name = (item.findtext('name') or '').strip()
        return Box((x1 - shift, y1 - shift, x2, y2), name, difficult)


def _number(node: ElementTree.Element, field: str) -> float:
    text = node.findtext(field)
    try:
        return float(text or '')
    except ValueError:
        found = 'is missing' if text is None else f'is {text!r}, not a number'
        raise ValueError(f'{field} {found}') from None
