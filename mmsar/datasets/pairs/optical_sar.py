"""Pairs of an optical and a SAR image, some of the same ground and some not."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from mmsar.datasets.pairs.choice import (
    Part,
    add_scenes,
    pair_prefix,
    require_files,
    require_pair_paths,
    take_apart,
)
from mmsar.datasets.pairs.files import PairFiles, below, pair_folders, read_pair_list
from mmsar.datasets.pairs.ground import Ground
from mmsar.datasets.pairs.shuffled import partners_elsewhere
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed
from mmsar.registry import DATASETS

NEGATIVES = ('other_ground', 'other_scene', 'none')


@DATASETS.register_module()
class OpticalSARPairs(BaseDataset):
    """Aligned optical and SAR images: N pairs, and as many negatives drawn from them.

    Dataset features:

    * images of any size; both of a pair show the same ground, pixel by pixel;
    * samples 0 to N - 1 are the pairs, sample N + i is SAR image i with the optical image of a pair
      j that shares no ground with it.

    Dataset format:

    * two folders whose images have equal names (their suffixes may differ), or a csv with the
      columns ``sar`` and ``optical``, possibly also ``group``, ``row``, ``column``, ``size``,
      ``part`` and ``kept`` (see :func:`mmsar.datasets.pairs.files.read_pair_list`)
    * images: any that the pipeline's loader reads

    Negatives: j is drawn uniformly from all pairs that share no ground with pair i. Two pairs of
    one scene share ground if their places in it overlap, or are not known. In training, j follows
    numpy's global generator, which :class:`mmsar.SeededDataset` seeds from (seed, epoch, index): it
    is new in each epoch, and does not depend on workers, ranks and interruptions. With
    ``test_mode=True`` it follows ``negatives_seed`` and i: a fixed list.

    A sample before the pipeline has ``sar_path``, ``sar_id`` (i) and ``sar_group`` (its scene or
    None), likewise ``optical_path``, ``optical_id`` (i or j) and ``optical_group``, and ``label``
    (1, or 0 for a negative); with ``patch`` also ``sar_window`` and ``optical_window``.

    Source: Xu et al., Task-Driven Common Representation Learning via Bridge Neural Network,
    https://arxiv.org/abs/1906.10897: as many negatives as pairs.

    Args:
        data_root: Folder of the data set.
        ann_file: The csv, relative to ``data_root``. Default: the two folders are read.
        data_prefix: ``dict(sar=..., optical=...)``, folders relative to ``data_root``; the files
            named in the csv are relative to them.
        columns: For a csv with other columns, how to make the above of them.
        pattern: Of the two folders, only files with such names, without suffix (``train_*``).
        group_pattern: Regular expression that matches a SAR file's name, without suffix, from its
            beginning; its first group is the scene. For data without a column ``group``.
        part: ``train`` or ``val``: those rows of the csv, or, if it does not list parts, whole
            scenes chosen by a hash of (``split_seed``, scene). Default: all.
        share: Of the scenes that are in ``train``; default 0.8.
        split_seed: Of this split.
        patch: Take the images apart into patches of so many pixels, each a pair of its own.
            :class:`mmsar.PairCrop` in the pipeline cuts them out.
        overlap: Share of a patch that its neighbour also shows.
        negatives: ``other_ground``; ``other_scene`` to take none from other places of a scene;
            ``none`` to have the N pairs alone, for :class:`mmsar.BridgeNetwork` with
            ``batch_negatives``.
        negatives_seed: Of the fixed list.
        shuffle_pairs: A seed: each SAR image is paired for good with the optical image of a pair
            of another scene, as if they matched, and its true partner is never its negative. Files
            whose scene is not known are scenes of their own. A control that tells what a network
            learns from matching from what it learns from the images alone.
        **kwargs: See :class:`mmengine.dataset.BaseDataset`; ``indices`` count pairs.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is missing or empty, the csv is malformed, a file is listed twice, listed
            parts share ground, or a pair has no negative.
    """

    def __init__(
        self,
        data_root: str = '',
        ann_file: str = '',
        data_prefix: dict[str, str] | None = None,
        columns: Mapping[str, str] | None = None,
        pattern: str = '*',
        group_pattern: str | None = None,
        part: str | None = None,
        share: float = 0.8,
        split_seed: int = 0,
        patch: int | None = None,
        overlap: float = 0.0,
        negatives: str = 'other_ground',
        negatives_seed: int = 0,
        shuffle_pairs: int | None = None,
        **kwargs: Any,
    ) -> None:
        if negatives not in NEGATIVES:
            raise ConfigError(f'negatives={negatives!r}: choose one of {", ".join(NEGATIVES)}')
        self._folders_given = any((data_prefix or {}).values())
        self.columns = columns
        self.pattern = pattern
        self.group_pattern = group_pattern
        self.part = Part(part, share, split_seed)
        self.patch = patch
        self.overlap = overlap
        self.negatives = negatives
        self.negatives_seed = negatives_seed
        self.shuffle_pairs = shuffle_pairs
        self._partners = self._owners = np.empty(0, np.intp)
        super().__init__(
            ann_file=ann_file,
            data_root=str(data_root),
            data_prefix=pair_prefix(data_prefix),
            **kwargs,
        )

    @property
    def num_pairs(self) -> int:
        """N, the number of pairs."""
        return super().__len__()

    def __len__(self) -> int:
        return self.num_pairs * (1 if self.negatives == 'none' else 2)

    def read(self) -> list[PairFiles]:
        """Read the list or the folders; the paths begin with those of ``data_prefix``."""
        folders = {name: Path(self.data_prefix[name]) for name in ('sar', 'optical')}
        if not self.ann_file:
            if not self._folders_given:
                raise ConfigError(
                    f'{folders["sar"]} is the folder of both images: set '
                    'data_prefix=dict(sar=..., optical=...), or name a csv with columns sar and '
                    'optical as ann_file'
                )
            return list(pair_folders(folders['sar'], folders['optical'], self.pattern).values())
        return below(read_pair_list(Path(self.ann_file), self.columns), **folders)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read, check and choose the pairs (called by mmengine)."""
        self._require_paths()
        pairs = self.read()
        if self.group_pattern is not None:
            pairs = add_scenes(pairs, self.group_pattern, self._source)
        pairs = require_files(self.part.choose(pairs, self._source), self._source)
        if self.patch is not None:
            return take_apart(pairs, self.patch, self.overlap, self._source)
        if self.shuffle_pairs is not None:
            # So that a batch, too, knows which optical image shows the ground of a SAR image.
            pairs = [pair._replace(group=pair.group or pair.sar) for pair in pairs]
        return [{**pair._asdict(), 'crop': None} for pair in pairs]

    def full_init(self) -> None:
        """Read the data, and see that every pair has a negative."""
        super().full_init()
        self._find_ground()
        if self.shuffle_pairs is not None:
            self._shuffle()

    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Return a sample before the pipeline; a negative is drawn anew in training."""
        idx %= len(self)
        place = other = idx % self.num_pairs
        if idx >= self.num_pairs:
            other = self._draw(place)
        sample = {'label': int(place == other), 'sample_idx': idx}
        for key, number in (('sar', place), ('optical', other)):
            entry = super().get_data_info(self._partner(number) if key == 'optical' else number)
            sample |= {
                f'{key}_path': entry[key],
                f'{key}_id': number,
                f'{key}_group': entry['group'],
            }
            if entry['crop'] is not None:
                sample[f'{key}_window'] = entry['crop']
        return sample

    def _partner(self, place: int) -> int:
        """Return the place of the pair that the optical image is from."""
        if self.shuffle_pairs is None:
            return place
        if len(self._partners) != self.num_pairs:  # a subset was taken
            self._shuffle()
        return int(self._partners[place])

    def _shuffle(self) -> None:
        """Give each SAR image an optical image of another scene."""
        least = 2 if self.negatives == 'none' else 3  # its own, its partner and a negative
        if self.num_pairs < least:
            raise DataError(
                f'{self._source} has {self.num_pairs} pairs: shuffle_pairs needs {least} at least'
            )
        scenes = [entry['group'] for entry in self._entries()]
        self._partners = partners_elsewhere(scenes, int(self.shuffle_pairs or 0), self._source)
        self._owners = np.argsort(self._partners)

    def _draw(self, place: int) -> int:
        """Return the place of a pair whose optical image shares no ground with this SAR image."""
        if len(self._ground) != self.num_pairs:  # a subset was taken
            self._find_ground()
        partner = self._partner(place)
        shuffled = partner != place
        count = self._ground.count_elsewhere(place) - shuffled
        if self.test_mode:
            seed = derive_seed('negative', self.negatives_seed, place)
            number = int(np.random.default_rng(seed).integers(count))
        else:
            number = int(np.random.randint(count))
        other = self._ground.elsewhere(place, number)
        if not shuffled:
            return other
        if other == partner:  # which is elsewhere, but counts as a match
            other = self._ground.elsewhere(place, count)
        return int(self._owners[other])

    def _entries(self) -> list[dict[str, Any]]:
        return [super(OpticalSARPairs, self).get_data_info(i) for i in range(self.num_pairs)]

    def _find_ground(self) -> None:
        if self.negatives == 'none':
            return
        entries = self._entries()
        apart = self.negatives == 'other_ground'
        self._ground = Ground(
            [entry['group'] for entry in entries],
            [entry['window'] if apart else None for entry in entries],
        )
        alone = self._ground.without_elsewhere()
        if alone is not None:
            raise DataError(
                f'{self._source}: no pair is known to show other ground than '
                f'{entries[alone]["sar"]}, so it has no negative: all {len(entries)} pairs are of '
                'its scene, and overlap or have no known place. Add pairs of other scenes, or the '
                'columns row, column and size'
            )

    @property
    def _source(self) -> str:
        """Name the list or the folders in messages."""
        folders = f'{self.data_prefix["sar"]} and {self.data_prefix["optical"]}'
        return str(self.ann_file or folders)

    def _require_paths(self) -> None:
        """Check the paths a user sets."""
        require_pair_paths(self.data_root, self.ann_file, self.data_prefix)
