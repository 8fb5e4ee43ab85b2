"""Detection data sets annotated in PASCAL VOC's XML format."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmsar.datasets.detection.base import DetectionDataset
from mmsar.datasets.detection.xml_boxes import read_xml, xml_files
from mmsar.datasets.raster_files import image_size, raster_files
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
    * annotations: XML with ``filename``, ``size`` and ``object/bndbox``; or, as in the Gaofen
      challenge, ``objects/object/points`` (edges counted from 0, whatever ``one_based`` says),
      whose box is from their minimum to their maximum. A missing size is read from the image

    If you use the format in your research, please cite:

    * https://doi.org/10.1007/s11263-009-0275-4 (Everingham et al., The PASCAL VOC Challenge, 2010)

    Args:
        ann_file: Text file with the name of one sample a line, without suffix. Default: all XML
            files in the folder of the annotations, in the order of their names.
        data_prefix: ``dict(img='JPEGImages', ann='Annotations')``.
        one_based: The first pixel of a row is number 1 and xmax is the last pixel inside the box,
            as in PASCAL VOC. False: coordinates are edges, counted from 0.
        **kwargs: See :class:`mmsar.datasets.detection.base.DetectionDataset`.
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

    def files(self) -> Iterable[Path]:
        """Return the annotation files, one an image."""
        folder = Path(self.data_prefix['ann'])
        if not self.ann_file:
            return xml_files(folder)
        lines = Path(self.ann_file).read_text(encoding='utf-8-sig').splitlines()
        names = [line.strip() for line in lines if line.strip()]
        for name, count in Counter(names).most_common(1):
            if count > 1:
                raise DataError(f'{self.ann_file} names {name!r} {count} times; keep one')
        return [folder / f'{name}.xml' for name in names]

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the XML files."""
        # By the name of the XML file: what it calls its image is often an old name or a path.
        images = {path.stem: path.name for path in raster_files(Path(self.data_prefix['img']))}
        read = [self._read_image(n, path, images) for n, path in enumerate(self.files())]
        return read, sorted({box.name for image in read for box in image['boxes']})

    def _read_image(self, number: int, path: Path, images: dict[str, str]) -> dict[str, Any]:
        try:
            scene = read_xml(path, self.one_based)
        except FileNotFoundError as error:
            raise DataError(
                f'{self.ann_file} names {path.stem!r}, but {path} is missing; it must hold names '
                'without suffix, one a line'
            ) from error
        named = scene.filename or f'{path.stem}.jpg'
        folder = Path(self.data_prefix['img'])
        if Path(named).stem != path.stem or not (folder / named).exists():
            named = images.get(path.stem, named)
        width, height = scene.size or image_size(folder / named)
        return {
            'img_path': str(folder / named),
            'img_id': number,
            'width': width,
            'height': height,
            'boxes': scene.boxes,
        }
