"""What all detection data sets share: classes, checks, filtering."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.dataset import BaseDataset

from mmsar.datasets.checks import find_images, require_valid_boxes
from mmsar.errors import ConfigError, DataError


class Box(NamedTuple):
    """An object as a reader gives it; a plain tuple of the first three will do.

    Attributes:
        bbox: (x1, y1, x2, y2) in pixels of the file.
        name: Its class.
        ignored: A crowd, or an object too uncertain to train on or to count.
        extra: Further fields of the instance, such as ``area`` in square pixels.
    """

    bbox: Sequence[float]
    name: str
    ignored: bool = False
    extra: Mapping[str, Any] = {}


class DetectionDataset(BaseDataset):
    """Base of the detection data sets: images with boxes, checked when they are read.

    Unlike ``mmdet.CocoDataset`` and ``mmdet.XMLDataset``, it reports what is wrong before training
    starts: a missing image, a box that is empty, not finite or outside its image, a class that the
    annotations do not have. Those two skip such boxes without a word, train on nothing when no
    class name matches, and meet a missing image hours later. It needs no host toolbox.

    Each sample is a dict with ``img_path``, ``img_id``, ``height``, ``width`` and ``instances``
    (``bbox`` as x1, y1, x2, y2 in pixels; ``bbox_label``; ``ignore_flag``), as mmdet's transforms
    expect.

    Args:
        ann_file: Annotation file, relative to ``data_root``.
        data_root: Folder of the data set.
        data_prefix: ``dict(img=...)``, folder of the images relative to ``data_root``; with
            ``optical=...`` also that of optical views of the same ground under the same names,
            which reach the pipeline as ``optical_path``.
        metainfo: ``dict(classes=(...))`` chooses and orders the classes. Default: all that the
            annotations have.
        single_class: Give every object this one class ('ship', say), whatever its own is.
        drop_bad_boxes: Leave out boxes that are empty, not finite or outside their image, with a
            warning. Default: they are an error.
        filter_cfg: ``dict(filter_empty_gt=True, min_size=N)`` leaves out training images without
            boxes and those with a side below N pixels.
        indices: Keep these images only (of those left by ``filter_cfg``).
        **kwargs: See :class:`mmengine.dataset.BaseDataset`.

    Raises:
        DataError: Naming the file and what is wrong with it.
    """

    METAINFO: dict[str, Any] = {}
    # Whether the annotations list all classes, or only show those that occur in this part.
    lists_classes = True

    def __init__(
        self,
        *args: Any,
        data_prefix: dict[str, str] | None = None,
        single_class: str | None = None,
        drop_bad_boxes: bool = False,
        **kwargs: Any,
    ) -> None:
        self.single_class = single_class
        self.drop_bad_boxes = drop_bad_boxes
        classes = (kwargs.get('metainfo') or {}).get('classes')
        if isinstance(classes, str):
            raise ConfigError(
                f"metainfo=dict(classes={classes!r}): one class is a tuple too, ('{classes}',)"
            )
        unknown = set(kwargs.get('filter_cfg') or {}) - {'filter_empty_gt', 'min_size'}
        if unknown:
            raise ConfigError(
                f'filter_cfg has no option {sorted(unknown)[0]!r}; it has filter_empty_gt, min_size'
            )
        super().__init__(*args, data_prefix={'img': '', **(data_prefix or {})}, **kwargs)

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on one sample, and compare its size with the annotations'.

        Boxes that belong to an image of another size would train the network on nothing.
        """
        sample = super().prepare_data(idx)
        packed = sample.get('data_samples') if isinstance(sample, dict) else None
        shape = getattr(packed, 'ori_shape', None)
        if shape is not None:
            info = self.get_data_info(idx)
            if tuple(shape[:2]) != (info['height'], info['width']):
                raise DataError(
                    f'{info["img_path"]} has {shape[1]} x {shape[0]} pixels, but {self._source} '
                    f'says {info["width"]} x {info["height"]}; correct the annotations'
                )
        return sample

    @abstractmethod
    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Read the annotations.

        Returns:
            Images, as dicts with ``img_path``, ``img_id``, ``height``, ``width`` and ``boxes`` (a
            list of :class:`Box`), and all class names in their order. Further fields of an image
            reach the pipeline (see :class:`mmsar.SARDetMetric` for those it uses).
        """

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read, check and convert the annotations (called by mmengine)."""
        self._require_folder()
        images, names = self.read()
        if not images:
            raise DataError(f'{self._source} lists no images')
        chosen = self._indices
        if isinstance(chosen, Sequence) and (not chosen or max(chosen) >= len(images)):
            raise ConfigError(
                f'indices must be numbers from 0 to {len(images) - 1} ({self._source} has '
                f'{len(images)} images), at least one'
            )
        paths = find_images([image['img_path'] for image in images], self._source)
        for image, path in zip(images, paths, strict=True):
            image['img_path'] = path
            image['boxes'] = [Box(*box) for box in image['boxes']]
        if self.data_prefix.get('optical'):
            self._add_optical(images)
        require_valid_boxes(images, self._source, self.drop_bad_boxes)
        labels = self._labels(names)
        for image in images:
            image['instances'] = [
                {
                    'bbox': list(box.bbox),
                    'bbox_label': labels[box.name],
                    'ignore_flag': int(box.ignored),
                    **box.extra,
                }
                for box in image.pop('boxes')
                if box.name in labels
            ]
        if not any(image['instances'] for image in images):
            raise DataError(
                f'{self._source} has no boxes of the classes {", ".join(self.metainfo["classes"])}'
            )
        return images

    def filter_data(self) -> list[dict[str, Any]]:
        """Apply ``filter_cfg`` (called by mmengine)."""
        if self.test_mode or not self.filter_cfg:
            return self.data_list
        min_size = self.filter_cfg.get('min_size', 0)
        kept = [i for i in self.data_list if min(i['width'], i['height']) >= min_size]
        if self.filter_cfg.get('filter_empty_gt', False):
            kept = [i for i in kept if any(not box['ignore_flag'] for box in i['instances'])]
        if not kept:
            raise DataError(f'{self._source}: filter_cfg={self.filter_cfg} leaves no image')
        return kept

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the labels in one image (used by class-balancing wrappers)."""
        return [box['bbox_label'] for box in self.get_data_info(idx)['instances']]

    def _add_optical(self, images: list[dict[str, Any]]) -> None:
        """Add the path of the optical view: at the same place below its own folder."""
        start, folder = Path(self.data_prefix['img']), Path(self.data_prefix['optical'])
        paths = [Path(image['img_path']) for image in images]
        wanted = [
            str(folder / (path.relative_to(start) if path.is_relative_to(start) else path.name))
            for path in paths
        ]
        source = f'{self._source} (as optical views)'
        for image, path in zip(images, find_images(wanted, source), strict=True):
            image['optical_path'] = path

    @property
    def _source(self) -> str:
        """Name the annotations in messages."""
        return str(self.ann_file or self.data_root or self.data_prefix.get('ann'))

    def _require_folder(self) -> None:
        """Check the paths a user sets, outermost first."""
        hint = 'set it in the config or with --cfg-options data_root=PATH'
        if self.data_root and not Path(self.data_root).is_dir():
            raise DataError(f'data_root {self.data_root!r} is not a folder; {hint}')
        if not self.ann_file and self.lists_classes:
            raise DataError(f'the data set names no annotation file: set ann_file ({hint})')
        if self.ann_file and not Path(self.ann_file).is_file():
            raise DataError(f'annotation file {self.ann_file!r} does not exist; {hint}')
        for key, folder in self.data_prefix.items():
            if folder and not Path(folder).is_dir():
                raise DataError(f'data_prefix.{key} {folder!r} is not a folder; {hint}')

    def _labels(self, names: list[str]) -> dict[str, int]:
        """Map class names of the annotations to labels, and set ``metainfo['classes']``."""
        if self.single_class is not None:
            self._metainfo['classes'] = (self.single_class,)
            return dict.fromkeys(names, 0)
        classes = tuple(self._metainfo.get('classes') or names)
        missing = [name for name in classes if name not in names]
        if missing and (self.lists_classes or len(missing) == len(classes)):
            raise DataError(
                f'{self._source} has no class {", ".join(missing)}; it has {", ".join(names)}. '
                'Set metainfo=dict(classes=(...)) of the data set accordingly'
            )
        self._metainfo['classes'] = classes
        return {name: label for label, name in enumerate(classes)}
