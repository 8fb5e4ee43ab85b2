"""Images and classes of samples, generated and real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmsar.errors import DataError


@dataclass(frozen=True, eq=False)
class SampledImages:
    """A set of images.

    Attributes:
        images: (N, H, W), float32, in the range of the network.
        names: Of the images.
        classes: Of the images, None where they are not known.
    """

    images: NDArray[np.float32]
    names: Sequence[str]
    classes: Sequence[str] | None


def generated_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``image``, (H, W), ``label`` and ``name`` of what a network gave.

    Raises:
        DataError: It has no image, or its channels differ.
    """
    name = _name(sample)
    output = sample.get('output')
    image = (output or {}).get('pred_img') if output is not None else sample.get('pred_img')
    if image is None:
        raise DataError(
            f'{name} has no output.pred_img, nor pred_img, to compare; the model must return it'
        )
    return {'image': _grey(image, name), 'label': _label(sample), 'name': name}


def generated_images(
    results: Sequence[Mapping[str, Any]], classes: Sequence[str] | None
) -> SampledImages:
    """Return what :func:`generated_sample` found as one set.

    Args:
        results: Of all images.
        classes: Names of the labels; None: labels are their own names.

    Raises:
        DataError: There are none, or they have several sizes.
    """
    return _gather(results, classes, 'generated images')


def read_reference(
    reference: str | Mapping[str, Any],
    value_range: tuple[float, float],
    stretch: Mapping[str, Any] | None,
) -> SampledImages:
    """Read the real images, see :class:`mmsar.SARGenerationMetric`.

    Raises:
        DataError: There are none, or they have several sizes, or a sample has no image.
    """
    from mmsar.registry import DATASETS

    if isinstance(reference, str):
        rule = stretch or {'rule': '8bit'}
        reference = {
            'type': 'mmsar.SARChips',
            'data_root': reference,
            'pipeline': [
                {'type': 'mmsar.LoadSARImage', 'channels': 1},
                {'type': 'mmsar.StretchSAR', **rule, 'out': value_range},
            ],
        }
    data = DATASETS.build(dict(reference))
    found = []
    for number in range(len(data)):
        sample = data[number]
        name = _name(sample, f'real image {number}')
        image = sample.get('img')
        if image is not None:
            image = np.asarray(image)
            image = image.transpose(2, 0, 1) if image.ndim == 3 else image[None]
        elif torch.is_tensor(sample.get('inputs')):
            image = sample['inputs']
        else:
            raise DataError(
                f'{name} of the reference has neither img nor inputs, but {", ".join(sample)}; '
                'give its data set a pipeline that loads images'
            )
        inner = sample.get('data_samples', sample)
        found.append({'image': _grey(image, name), 'label': _label(inner), 'name': name})
    return _gather(found, data.metainfo.get('classes'), 'real images')


def to_amplitude(
    images: NDArray[np.float32],
    value_range: tuple[float, float],
    domain: str,
    decibels: tuple[float, float] | None,
) -> NDArray[np.float32]:
    """Return what images in the range of a network are proportional to as amplitudes.

    Args:
        images: (N, H, W).
        value_range: Of the images; they are cut to it. NaN stays.
        domain: ``amplitude`` or ``intensity``, where they are not in decibels.
        decibels: Of the ends of the range, or None.

    Returns:
        From 0; values at the lower end become 0. The upper end becomes 1, or what it is in dB.
    """
    low, high = value_range
    share = (np.clip(images, low, high) - np.float32(low)) / np.float32(high - low)
    if decibels is not None:
        bottom, top = decibels
        levels = np.float32(bottom) + share * np.float32(top - bottom)
        return np.where(share == 0, np.float32(0), np.float32(10) ** (levels / np.float32(20)))
    return np.sqrt(share) if domain == 'intensity' else share


def _gather(
    found: Sequence[Mapping[str, Any]], classes: Sequence[str] | None, what: str
) -> SampledImages:
    if not found:
        raise DataError(f'there are no {what}; check the data set')
    sizes = sorted({item['image'].shape for item in found})
    if len(sizes) > 1:
        raise DataError(
            f'{what} have {len(sizes)} sizes, such as {sizes[0]} and {sizes[-1]} (rows, columns); '
            'cut them to one in the pipeline (mmsar.CentreCropOrPad)'
        )
    labels = [item['label'] for item in found]
    known = None not in labels
    names = [str(n) if classes is None else str(classes[n]) for n in labels] if known else None
    images = np.stack([item['image'] for item in found])
    return SampledImages(images, [item['name'] for item in found], names)


def _grey(image: Any, name: str) -> NDArray[np.float32]:
    """Return (H, W) of (C, H, W) whose channels are equal."""
    if torch.is_tensor(image):
        image = image.detach().float().cpu().numpy()
    if image.ndim != 3:
        raise DataError(f'{name} has shape {image.shape}; images are (channels, rows, columns)')
    if not all(np.array_equal(image[0], other, equal_nan=True) for other in image[1:]):
        raise DataError(
            f'{name} has {len(image)} channels that differ; figures are of one band: let the model '
            'return the mean of the channels, or one polarisation'
        )
    return np.array(image[0], np.float32)


def _label(sample: Any) -> int | None:
    label = sample.get('gt_label')
    if label is None:
        return None
    values = label.flatten().tolist() if torch.is_tensor(label) else np.ravel(label).tolist()
    return int(values[0]) if len(values) == 1 else None


def _name(sample: Mapping[str, Any], default: str = 'an image') -> str:
    inner = sample.get('data_samples', sample)
    for key in ('key', 'img_path', 'gt_path'):
        if inner.get(key):
            return str(inner.get(key))
    return default
