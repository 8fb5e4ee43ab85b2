"""Which chips of MSTAR train and test: the standard and the extended operating conditions.

Serial numbers and depression angles are those of the protocol of A-ConvNets (Chen et al., IEEE
TGRS 2016, doi 10.1109/TGRS.2016.2551720), the counts of SOC those of the README of SARATR-X.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

# Of the release; of BMP2 and T72, the first is the one of the protocols with one serial a class.
SERIALS: Mapping[str, tuple[str, ...]] = {
    '2S1': ('b01',),
    'BMP2': ('9563', '9566', 'c21'),
    'BRDM2': ('E-71',),
    'BTR60': ('k10yt7532',),
    'BTR70': ('c71',),
    'D7': ('92v13015',),
    'T62': ('A51',),
    'T72': ('132', '812', 's7', 'A04', 'A05', 'A07', 'A10', 'A32', 'A62', 'A63', 'A64'),
    'ZIL131': ('E12',),
    'ZSU234': ('d08',),
}
CLASSES = tuple(SERIALS)
# Spellings in headers and folders, without case and punctuation.
ALIASES = {
    'zsu23': 'ZSU234', 'brdm': 'BRDM2', 'bmp': 'BMP2', 'zil': 'ZIL131', 't72var': 'T72',
    '2s1gun': '2S1', 'bmp2tank': 'BMP2', 'brdm2truck': 'BRDM2', 'btr60transport': 'BTR60',
    'btr70transport': 'BTR70', 'd7bulldozer': 'D7', 't62tank': 'T62', 't72tank': 'T72',
    'zil131truck': 'ZIL131', 'zsu234gun': 'ZSU234',
}  # fmt: skip
# In the release, but no target of a protocol.
OTHER_TARGETS = ('slicy', 'slicey')
VARIANTS = ('SOC', 'EOC-1', 'EOC-2C', 'EOC-2V')


class Part(NamedTuple):
    """The training or test part of a variant.

    Attributes:
        serials: Of each class in it.
        depressions: In degrees.
        counts: Published number of chips of each class.
    """

    serials: Mapping[str, tuple[str, ...]]
    depressions: tuple[int, ...]
    counts: Mapping[str, int]


def find_part(variant: str, split: str, serials: str = 'three') -> Part:
    """Return what is in a part.

    Args:
        variant: One of :data:`VARIANTS`.
        split: ``train`` or ``test``.
        serials: Of BMP2 and T72 in SOC: ``three``, or ``one``.
    """
    if variant == 'SOC' and serials == 'three':
        return _THREE[split]
    return _PARTS[variant, split]


def classes_of(variant: str) -> tuple[str, ...]:
    """Return the classes that a classifier of a variant has."""
    return tuple(_PARTS[variant, 'train'].serials)


def _first(classes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {name: SERIALS[name][:1] for name in classes}


def _counts(classes: Sequence[str], *counts: int) -> dict[str, int]:
    return dict(zip(classes, counts, strict=True))


_SOC = {name: serials[:3] for name, serials in SERIALS.items()}
_THREE = {
    'train': Part(
        _SOC, (17,), _counts(CLASSES, 299, 698, 298, 256, 233, 299, 299, 691, 299, 299)
    ),
    'test': Part(_SOC, (15,), _counts(CLASSES, 274, 587, 274, 195, 196, 274, 273, 582, 274, 274)),
}  # fmt: skip
_EOC_1 = ('2S1', 'BRDM2', 'T72', 'ZSU234')
_EOC_2 = ('BMP2', 'BRDM2', 'BTR70', 'T72')
_EOC_2_TRAIN = Part(_first(_EOC_2), (17,), _counts(_EOC_2, 233, 298, 233, 232))
_PARTS = {
    ('SOC', 'train'): Part(
        _first(CLASSES), (17,), _counts(CLASSES, 299, 233, 298, 256, 233, 299, 299, 232, 299, 299)
    ),
    ('SOC', 'test'): Part(
        _first(CLASSES), (15,), _counts(CLASSES, 274, 195, 274, 195, 196, 274, 273, 196, 274, 274)
    ),
    ('EOC-1', 'train'): Part(_first(_EOC_1), (17,), _counts(_EOC_1, 299, 298, 232, 299)),
    ('EOC-1', 'test'): Part(
        {**_first(_EOC_1), 'T72': ('A64',)}, (30,), _counts(_EOC_1, 288, 287, 288, 288)
    ),
    ('EOC-2C', 'train'): _EOC_2_TRAIN,
    ('EOC-2C', 'test'): Part(
        {'T72': ('s7', 'A32', 'A62', 'A63', 'A64')}, (15, 17), {'T72': 419 + 572 + 3 * 573}
    ),
    ('EOC-2V', 'train'): _EOC_2_TRAIN,
    ('EOC-2V', 'test'): Part(
        {'BMP2': ('9566', 'c21'), 'T72': ('812', 'A04', 'A05', 'A07', 'A10')},
        (15, 17),
        {'BMP2': 428 + 429, 'T72': 426 + 3 * 573 + 567},
    ),
}  # fmt: skip
