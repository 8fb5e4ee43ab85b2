"""Aligned optical and SAR images with one class a pair."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset

from mmsar.datasets.classes import number_classes
from mmsar.datasets.pairs.choice import Part, pair_prefix, require_files, require_pair_paths
from mmsar.datasets.pairs.files import below, read_pair_list
from mmsar.errors import DataError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class LabelledPairs(BaseDataset):
    """Pairs of images for classification.

    Dataset features:

    * images of any size; both of a pair show the same ground, pixel by pixel;
    * one class a pair: land use, say, or whether there is a ship.

    Dataset format:

    * a csv with the columns ``sar``, ``optical`` and ``label`` (the name of the class), possibly
      also ``group`` (scene) and ``part``, see :func:`mmsar.datasets.pairs.files.read_pair_list`
    * images: any that the pipeline's loader reads

    A sample before the pipeline has ``sar_path``, ``optical_path``, ``img_path`` (that of the SAR
    image) and ``gt_label`` (its number), as mmpretrain expects.

    Args:
        ann_file: The csv, relative to ``data_root``.
        data_root: Folder of the data set.
        data_prefix: ``dict(sar=..., optical=...)``, folders relative to ``data_root``; the files
            named in the csv are relative to them.
        columns: For a csv with other columns, how to make the above of them.
        part: ``train`` or ``val``: those rows, or, if the csv does not list parts, whole scenes
            chosen by a hash of (``split_seed``, scene). Default: all.
        share: Of the scenes that are in ``train``; default 0.8.
        split_seed: Of this split.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`. ``metainfo=dict(classes=(...))`` orders
            the classes; by default they are those of the whole csv, sorted.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is missing or empty, the csv is malformed, or a class is unknown.
    """

    def __init__(
        self,
        ann_file: str,
        data_root: str = '',
        data_prefix: dict[str, str] | None = None,
        columns: Mapping[str, str] | None = None,
        part: str | None = None,
        share: float = 0.8,
        split_seed: int = 0,
        **kwargs: Any,
    ) -> None:
        self.columns = columns
        self.part = Part(part, share, split_seed)
        super().__init__(
            ann_file=ann_file,
            data_root=str(data_root),
            data_prefix=pair_prefix(data_prefix),
            **kwargs,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read, check and choose the pairs (called by mmengine)."""
        require_pair_paths(self.data_root, self.ann_file, self.data_prefix)
        folders = {name: Path(self.data_prefix[name]) for name in ('sar', 'optical')}
        pairs = below(read_pair_list(Path(self.ann_file), self.columns), **folders)
        labels = [pair.label for pair in pairs if pair.label is not None]
        if len(labels) < len(pairs):
            raise DataError(
                f"{self.ann_file} has no column 'label', the class of each pair; add it, or set "
                "columns=dict(label='{name of a column}')"
            )
        numbers = number_classes(labels, self._metainfo.get('classes'), self.ann_file)
        self._metainfo['classes'] = tuple(numbers)
        return [
            {
                'sar_path': pair.sar,
                'optical_path': pair.optical,
                'img_path': pair.sar,
                'gt_label': numbers[str(pair.label)],
            }
            for pair in require_files(self.part.choose(pairs, self.ann_file), self.ann_file)
        ]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Return the label of one pair (used by class-balancing wrappers)."""
        return [self.get_data_info(idx)['gt_label']]
