"""What the tests of the readers of published data sets share."""

from pathlib import Path

from miniatures import Scenes

from mmsar.datasets.detection.base import DetectionDataset


def reading(dataset: DetectionDataset) -> Scenes:
    """Return what a data set has read, in the form of the miniatures."""
    classes = dataset.metainfo['classes']
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return {
        Path(info['img_path']).stem: [
            (*box['bbox'], classes[box['bbox_label']]) for box in info['instances']
        ]
        for info in infos
    }


def subsets(dataset: DetectionDataset) -> dict[str, str | None]:
    """Return the subset of each image, None where it has none."""
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    return {Path(info['img_path']).stem: info.get('subset') for info in infos}
