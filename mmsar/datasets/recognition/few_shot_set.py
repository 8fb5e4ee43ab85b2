"""A few chips of each class of any data set of chips."""

from typing import Any

from mmengine.dataset import BaseDataset

from mmsar.datasets.recognition.few_shot import draw_shots, groups_of
from mmsar.errors import ConfigError
from mmsar.registry import DATASETS


@DATASETS.register_module()
class FewShot:
    """K chips a class of another data set, no two of them views of one image.

    They are those that ``tools/analysis_tools/few_shot.py`` draws with the same seed.

    Args:
        dataset: The data set or its config; its samples have ``gt_label``, and ``group`` where
            some are views of one image.
        shots: K.
        seed: Of the draw; 0 is one like the others.
        more_views: See :func:`mmsar.datasets.recognition.few_shot.draw_shots`.
        repeat: Go through the chips so often in what counts as one epoch.

    Raises:
        ConfigError: ``shots``, ``seed`` or ``repeat`` is out of range.
        DataError: A class has fewer groups of views than K.

    Example::

        train_dataloader = dict(dataset=dict(dataset=dict(
            type='mmsar.FewShot', shots=5, seed=0, dataset=dict(type='mmsar.MSTAR', ...))))
    """

    def __init__(
        self,
        dataset: BaseDataset | dict[str, Any],
        shots: int,
        seed: int = 0,
        more_views: bool = False,
        repeat: int = 1,
    ) -> None:
        if repeat < 1:
            raise ConfigError(f'FewShot: repeat={repeat}; give 1 or more')
        data = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        infos = [data.get_data_info(place) for place in range(len(data))]
        classes = data.metainfo.get('classes')
        self.places = draw_shots(
            [int(info['gt_label']) for info in infos],
            groups_of(infos),
            shots,
            seed,
            classes=classes,
            more_views=more_views,
        )
        self.dataset = data
        self.metainfo = data.metainfo
        self.repeat = repeat

    def full_init(self) -> None:
        """Load the annotations, if the data set has not done so."""
        self.dataset.full_init()

    def __len__(self) -> int:
        return len(self.places) * self.repeat

    def __getitem__(self, place: int) -> Any:
        """Return one sample."""
        return self.dataset[self._place(place)]

    def get_data_info(self, place: int) -> dict[str, Any]:
        """Return the annotation of one sample."""
        return self.dataset.get_data_info(self._place(place))

    def get_cat_ids(self, place: int) -> list[int]:
        """Return the label of one sample."""
        return self.dataset.get_cat_ids(self._place(place))

    def _place(self, place: int) -> int:
        return self.places[place % len(self.places)]
