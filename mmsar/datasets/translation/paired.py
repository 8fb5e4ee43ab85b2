"""Chips of two sensors that show the same, or something alike."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from mmsar.datasets.checks import some
from mmsar.datasets.translation.two_sensors import TwoSensors
from mmsar.errors import ConfigError, DataError
from mmsar.randomness import derive_seed, seed_host
from mmsar.registry import DATASETS

_BY = ('correlation', 'name')


@DATASETS.register_module()
class PairedChips(TwoSensors):
    """Each chip of the old sensor with the one chip of the new sensor that goes with it.

    Dataset features:

    * ``by='name'``: real pairs, one scene seen by both sensors, under the same name below the
      folders of ``content`` and ``style``, such as ``simulate_aircraft.py --pairs N`` writes;
    * ``by='correlation'``: no real pairs. Of the chips of its class, that one of the new sensor
      which is most like it: whose smoothed image correlates best with its own. It shows another
      aircraft, in the nearest pose that there is;
    * both go through ``augment`` with the same draws, so that a flip is one of both.

    Dataset format: two folders, or lists, as :class:`mmsar.SARChips` reads them; with
    ``by='correlation'``, in folders of classes.

    Args:
        content: See :class:`TwoSensors`.
        style: Likewise.
        by: See above.
        smooth: Standard deviation of the bell that images are smoothed with before they are
            compared, in pixels: speckle is not to count.
        **kwargs: See :class:`TwoSensors`.

    Raises:
        ConfigError: An argument is out of range.
        DataError: A chip has no partner.
    """

    def __init__(
        self,
        content: Any,
        style: Any,
        by: str = 'correlation',
        smooth: float = 2.0,
        **kwargs: Any,
    ) -> None:
        if by not in _BY or smooth < 0:
            raise ConfigError(
                f'PairedChips: by={by!r}, smooth={smooth}; choose {" or ".join(_BY)}, and a '
                'number from 0'
            )
        if by == 'correlation':
            kwargs['labelled'] = True
        super().__init__(content, style, **kwargs)
        self.by, self.smooth = by, smooth
        self.partners = self._by_name() if by == 'name' else self._by_correlation()

    def __len__(self) -> int:
        """Return the number of chips of the old sensor."""
        return len(self.content)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return a sample; see :class:`TwoSensors`."""
        content = self._read('content', index)
        style = self._read('style', int(self.partners[index]))
        seed = derive_seed('pair', int(np.random.randint(2**31)))
        made = []
        for image in (content, style):
            seed_host(seed)
            made.append(self.augment(dict(image)))
        return self._sample(*made)

    def _by_name(self) -> NDArray[np.intp]:
        names = {name: number for number, name in enumerate(_names(self.style))}
        wanted = _names(self.content)
        missing = [name for name in wanted if name not in names]
        if missing:
            raise DataError(
                f'PairedChips: {len(missing)} of {len(wanted)} chips of content have none of their '
                f"name in style: {some(missing)}; name both alike, or set by='correlation'"
            )
        return np.array([names[name] for name in wanted])

    def _by_correlation(self) -> NDArray[np.intp]:
        images = {}
        for name in ('content', 'style'):
            chips = [self._read(name, number) for number in range(len(getattr(self, name)))]
            images[name] = self._standardised(chips)
        labels = {
            name: np.array([chips.get_cat_ids(number)[0] for number in range(len(chips))])
            for name, chips in (('content', self.content), ('style', self.style))
        }
        if images['content'].shape[1] != images['style'].shape[1]:
            raise DataError(
                'PairedChips: chips of content and style differ in size; add '
                "dict(type='mmsar.CentreCropOrPad', size=N) to the pipeline"
            )
        partners = np.empty(len(labels['content']), np.intp)
        for label in np.unique(labels['content']):
            own, others = (np.flatnonzero(labels[k] == label) for k in ('content', 'style'))
            if not len(others):
                known = self.metainfo['classes'][label]
                raise DataError(
                    f'PairedChips: style has no chips of the class {known!r}, so that '
                    "by='correlation' finds no partner; add some, or leave the class out of content"
                )
            likeness = images['content'][own] @ images['style'][others].T
            partners[own] = others[likeness.argmax(axis=1)]
        return partners

    def _standardised(self, chips: list[dict[str, Any]]) -> NDArray[np.float32]:
        """Return smoothed images of mean 0 and length 1, (N, H * W)."""
        shapes = {np.asarray(chip['img']).shape for chip in chips}
        if len(shapes) > 1:
            raise DataError(
                f'PairedChips: chips have the sizes {some(sorted(map(str, shapes)))}; add '
                "dict(type='mmsar.CentreCropOrPad', size=N) to the pipeline"
            )
        stack = np.stack([np.asarray(chip['img'], np.float32).reshape(*chip['img'].shape[:2])
                          for chip in chips])  # fmt: skip
        flat = gaussian_filter(stack, (0, self.smooth, self.smooth)).reshape(len(stack), -1)
        flat -= flat.mean(axis=1, keepdims=True)
        length = np.linalg.norm(flat, axis=1, keepdims=True)
        return flat / np.maximum(length, np.finfo(np.float32).tiny)


def _names(chips: Any) -> list[str]:
    """Return the paths of chips below the folder that they were read from."""
    roots = [Path(chips.data_root) / folder for folder in chips.folders]
    if chips.ann_file:
        roots = [Path(chips.ann_file).parent]
    names = []
    for number in range(len(chips)):
        path = Path(chips.get_data_info(number)['img_path'])
        root = next((root for root in roots if root in path.parents), path.parent)
        names.append(path.relative_to(root).as_posix())
    return names
