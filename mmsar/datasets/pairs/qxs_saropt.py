"""QXS-SAROPT, pairs of optical and SAR patches."""

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mmsar.datasets.checks import some
from mmsar.datasets.folders import Marks, Unfound, find_layout, unnest
from mmsar.datasets.pairs.files import PairFiles, pair_folders
from mmsar.datasets.pairs.optical_sar import OpticalSARPairs
from mmsar.datasets.splits import rank_by_hash
from mmsar.errors import ConfigError, DataError
from mmsar.registry import DATASETS

_PAIRS = 20_000
_TRAIN = {'16k4k': 16_000, '14k6k': 14_000}  # pairs to train; the others are the test set
_SEED = 0
_FOLDERS = {'optical': 'opt_256_oc_0.2', 'sar': 'sar_256_oc_0.2'}


@DATASETS.register_module()
class QXSSAROPT(OpticalSARPairs):
    """QXS-SAROPT: 20,000 pairs of optical and SAR patches from three port cities.

    Dataset features:

    * patches of 256 x 256 pixels at 1 m: Gaofen-3 SAR (8-bit grey) and Google Earth (8-bit colour);
    * San Diego, Shanghai and Qingdao.

    Dataset format:

    * images: PNG, ``1.png`` to ``20000.png`` in a folder each; both of a pair have one number

    The release has no split lists. The numbers are ranked once and for all by a hash: the first
    16,000 (``16k4k``) or 14,000 (``14k6k``) train, the others test. Smaller training sets
    (Table 2 of the paper) are the beginning of the same ranking, so each is part of the next, and
    an incomplete copy keeps the parts.

    Neighbouring patches overlap by 20 %, and nothing in the release tells which are neighbours: any
    split of it has some ground in both parts, and some negatives show the ground of their pair.

    The data set is under CC BY. If you use it, please cite:

    * https://arxiv.org/abs/2103.08259 (Huang et al., The QXS-SAROPT Dataset for Deep Learning in
      SAR-Optical Data Fusion, 2021)

    Args:
        data_root: Folder of the data set (``QXSLAB_SAROPT``), a parent of it, or one around it.
        split: ``train``, ``test``, or ``val`` (see ``val_size``).
        protocol: ``16k4k``, with which the figures of the paper agree, or ``14k6k``, of its text.
        train_size: 4000, 8000 or 16000 pairs. Default: all that the protocol trains on.
        val_size: So many pairs at the end of the training ranking are ``val``, and not trained on.
        **kwargs: See :class:`mmsar.OpticalSARPairs`; not its ``ann_file``, ``data_prefix`` and
            ``part``.

    Raises:
        ConfigError: There is no such part.
        DataError: The data set is not there, or something is wrong with it.
    """

    name = 'QXS-SAROPT'
    page = 'docs/datasets/qxs_saropt.md'
    tree = tuple(f'{folder}/{{1..20000}}.png' for folder in _FOLDERS.values())
    layouts: Mapping[str, Marks] = {'release': tuple(_FOLDERS.values())}

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        protocol: str = '16k4k',
        train_size: int | None = None,
        val_size: int = 0,
        **kwargs: Any,
    ) -> None:
        for key in ('ann_file', 'data_prefix', 'columns', 'pattern', 'part'):
            if kwargs.get(key):
                raise ConfigError(f'QXSSAROPT knows its files: leave out {key}')
        self.members = qxs_members(split, protocol, train_size, val_size)
        self.split = split
        super().__init__(data_root, **kwargs)

    def read(self) -> list[PairFiles]:
        """Read the folders, and take the pairs of the split."""
        hint = Unfound(self.name, self.tree, self.page)
        place = find_layout(Path(self.data_root), self.layouts, hint)
        folders = {key: unnest(place.folder / name) for key, name in _FOLDERS.items()}
        self.data_prefix = {key: str(folder) for key, folder in folders.items()}
        pairs = pair_folders(folders['sar'], folders['optical'])
        known = set(_ranking())
        others = [name for name in pairs if name not in known]
        if others or len(pairs) < _PAIRS:
            kind = f'{some(others)} are not published' if others else 'an incomplete copy'
            warnings.warn(
                f'{self.name} in {place.folder}: {len(pairs)} of {_PAIRS} pairs: {kind}. Results '
                'cannot be compared with published ones',
                stacklevel=2,
            )
        chosen = sorted(pairs.keys() & self.members, key=int)
        if not chosen:
            raise DataError(
                f'{place.folder} has no pair of split {self.split!r}: its files must keep their '
                'published numbers'
            )
        return [pairs[name] for name in chosen]

    def _require_paths(self) -> None:
        """Check the folder that a user sets."""
        if not self.data_root or not Path(self.data_root).is_dir():
            raise DataError(
                f'data_root {self.data_root!r} is not a folder; set it in the config or with '
                f'--cfg-options data_root=PATH. {self.page} says how to get {self.name}'
            )


def qxs_members(
    split: str, protocol: str = '16k4k', train_size: int | None = None, val_size: int = 0
) -> frozenset[str]:
    """Return the numbers of the pairs in a part; see :class:`QXSSAROPT`.

    Raises:
        ConfigError: There is no such part.
    """
    if protocol not in _TRAIN:
        raise ConfigError(f'protocol={protocol!r}: choose one of {", ".join(_TRAIN)}')
    train = _TRAIN[protocol]
    if split not in ('train', 'val', 'test'):
        raise ConfigError(f'split={split!r}: {QXSSAROPT.name} has train, test, and val')
    if train_size is not None and train_size not in (4000, 8000, 16_000):
        raise ConfigError(f'train_size={train_size}: choose 4000, 8000 or 16000')
    size = train - val_size if train_size is None else train_size
    if not (0 <= val_size < train and size + val_size <= train):
        raise ConfigError(
            f'train_size={size} and val_size={val_size} are more than the {train} pairs that '
            f'protocol={protocol!r} trains on'
        )
    if split == 'val' and not val_size:
        raise ConfigError("split='val' is empty: set val_size, of train and val alike")
    ranking = _ranking()
    parts = {
        'train': ranking[:size],
        'val': ranking[train - val_size : train],
        'test': ranking[train:],
    }
    return frozenset(parts[split])


@cache
def _ranking() -> tuple[str, ...]:
    """Return the numbers of all published pairs in the order in which splits take them."""
    return tuple(rank_by_hash(map(str, range(1, _PAIRS + 1)), _SEED))
