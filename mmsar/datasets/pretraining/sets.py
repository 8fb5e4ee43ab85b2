"""The 14 data sets that SARATR-X was pre-trained on."""

from typing import NamedTuple

from mmsar.datasets.recognition.named_folders import bare


class PretrainingSet(NamedTuple):
    """What is known of a data set. Patterns are of paths in lower case that begin with a slash.

    Attributes:
        key: Its name in the manifest and on the command line.
        title: Its name in the README of SARATR-X.
        published: Images there; slices where it was sliced.
        sizes: Of these, in pixels.
        aliases: Names of its folder, without case and punctuation; the key is one of itself.
        size: Cut images into slices of so many pixels a side, 0 for not at all.
        whole: Images up to so many pixels a side stay as they are.
        ignore: Patterns of files that are no SAR images of the set.
        readers: Readers of mmsar that know the test part (their split ``test``).
        variable: Of MAT files.
    """

    key: str
    title: str
    published: int
    sizes: str
    aliases: tuple[str, ...] = ()
    size: int = 0
    whole: int = 0
    ignore: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    variable: str | None = None


# In the order of the README: counts and sizes are from its table.
SETS = (
    PretrainingSet('mstar', 'MSTAR', 14_577, '128~193', ignore=('*clutter*', '*slicy*')),
    PretrainingSet(
        'minisar', 'Sandia MiniSAR', 3_927, '224', ('sandiaminisar', 'sandia'), size=224, whole=224
    ),
    PretrainingSet('sarsim', 'SARSim', 21_168, '139'),
    PretrainingSet(
        'sample', 'SAMPLE', 5_380, '128', ('sampledataset', 'sampledatasetpublic'),
        ignore=('*/mat_files/*',), variable='complex_img',
    ),
    PretrainingSet('sived', 'SIVED', 1_044, '512'),
    # Patch_Uint8 has the same chips as the other three.
    PretrainingSet(
        'opensarship', 'OpenSARShip', 26_679, '9~445', ('opensarship10', 'opensarship20'),
        ignore=('*/patch/*', '*/patch_cal/*', '*/patch_rgb/*'),
    ),
    PretrainingSet('sar_ship', 'SAR-Ship', 39_729, '256', ('sarshipdataset', 'shipdatasetv0')),
    PretrainingSet(
        'air_sarship', 'AIR-SARShip', 801, '512~1000', size=512, whole=1000,
        readers=('AIRSARShip1', 'AIRSARShip2'),
    ),
    PretrainingSet('hrsid', 'HRSID', 5_604, '800', ('hrsidjpg', 'hrsidpng'), readers=('HRSID',)),
    PretrainingSet('ssdd', 'SSDD', 1_160, '214~668', ('officialssdd',), readers=('SSDD',)),
    PretrainingSet('sadd', 'SADD', 883, '224', ('saraircraftdata',)),
    PretrainingSet(
        'sar_aircraft', 'SAR-AIRcraft', 18_818, '512', ('saraircraft10',), size=512, whole=512,
        readers=('SARAIRcraft',),
    ),
    PretrainingSet('msar', 'MSAR', 28_499, '256~2048', ('msar10',)),
    PretrainingSet(
        'ogsod', 'OGSOD', 18_331, '256', ('ogsod10',),
        ignore=('*/opt/*', '*/optical/*', '*/rgb/*', '*/vi/*', '*/vis/*', '*/visible/*'),
    ),
)  # fmt: skip


def names_of(item: PretrainingSet) -> set[str]:
    """Return the names that the folder of a set may have, without case and punctuation."""
    return {bare(item.key), bare(item.title), *item.aliases}
