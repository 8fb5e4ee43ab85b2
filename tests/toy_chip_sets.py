"""Tiny copies of the data sets of chips with classes, in their layouts, seeded."""

from pathlib import Path

import numpy as np
from PIL import Image

MSTAR_TYPES = {
    '2S1': '2s1_gun', 'BMP2': 'bmp2_tank', 'BRDM2': 'brdm2_truck', 'BTR60': 'btr60_transport',
    'BTR70': 'btr70_transport', 'D7': 'd7_bulldozer', 'T62': 't62_tank', 'T72': 't72_tank',
    'ZIL131': 'zil131_truck', 'ZSU234': 'zsu23-4_gun',
}  # fmt: skip
# As the headers of the release spell them.
MSTAR_SERIALS = {
    '2S1': ['b01'], 'BMP2': ['9563', '9566', 'c21'], 'BRDM2': ['E-71'], 'BTR60': ['k10yt7532'],
    'BTR70': ['c71'], 'D7': ['92v13015'], 'T62': ['A51'],
    'T72': ['132', '812', 's7', 'A04', 'A05', 'A07', 'A10', 'A32', 'A62', 'A63', 'A64'],
    'ZIL131': ['E12'], 'ZSU234': ['d08'],
}  # fmt: skip
FUSAR = (
    'Bridges', 'CoastalLand', 'LandPatch', 'SeaClutterWave', 'SeaPatch', 'Cargo', 'Fishing',
    'Tanker', 'Others', 'StrongFalseAlarms',
)  # fmt: skip
ACD = ('A220', 'A320321', 'A330', 'ARJ21', 'Boeing737', 'Boeing787')


def write_phoenix(path: Path, size: int = 8, seed: int = 0, **fields: object) -> None:
    """Write a chip as the release has them: text, big-endian magnitudes, phases.

    ``None`` leaves a field out.
    """
    header = {
        'TargetType': 't72_tank', 'TargetSerNum': '132', 'DesiredDepression': '17',
        'MeasuredDepression': '17.042969', 'Polarization': 'HH',
    } | fields  # fmt: skip
    lines = ''.join(f'{key}= {value}\n' for key, value in header.items() if value is not None)
    text = (
        '[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= {:05d}\nnative_header_length= 0\n'
        f'NumberOfColumns= {size}\nNumberOfRows= {size}\n{lines}[EndofPhoenixHeader]\n'
    )
    text = text.format(len(text.format(0)))
    magnitude = np.random.default_rng(seed).rayleigh(0.1, (size, size))
    planes = np.stack([magnitude, np.zeros((size, size))]).astype('>f4')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() + planes.tobytes())


def write_mstar_release(root: Path) -> None:
    """Write one chip of each serial number at 15, 17, 30 and 45 degrees, and other files."""
    number = 0
    for label, serials in MSTAR_SERIALS.items():
        for serial in serials:
            for angle in (15, 17, 30, 45):
                write_phoenix(
                    root
                    / f'{angle}_DEG'
                    / 'COL2'
                    / 'SCENE1'
                    / label
                    / f'HB{number:05d}.{angle:03d}',
                    seed=number,
                    TargetType=MSTAR_TYPES[label],
                    TargetSerNum=serial,
                    DesiredDepression=angle,
                    MeasuredDepression=angle + 0.06,
                )
                number += 1
    again = dict(TargetType='brdm2_truck', TargetSerNum='E-71', DesiredDepression='30')
    write_phoenix(root / '30_DEG' / 'COL2' / 'SCENE3' / 'BRDM_2' / 'HB9.002', **again)
    write_phoenix(root / 'SLICY' / 'HB14931.015', TargetType='slicey', TargetSerNum='1')


def write_image(path: Path, seed: int, size: tuple[int, int] = (20, 24)) -> np.ndarray:
    """Write an image of 8 bits with some large spots, and return it."""
    spots = np.random.default_rng(seed).random((5, 5))
    pixels = np.kron(spots, np.ones((8, 8)))[: size[0], : size[1]]
    pixels = np.rint(pixels * 255).astype(np.uint8)
    save(path, pixels)
    return pixels


def save(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, quality=95)


def write_fusar(root: Path, chips: int = 10, parts: bool = False) -> None:
    """Write so many chips of each class, in the folders of the release or of New_FUSAR."""
    for place, label in enumerate(FUSAR):
        for number in range(chips):
            part = ('Train', 'Val')[number >= 7] if parts else ''
            write_image(root / part / label / f'{number}.png', 5000 + 100 * place + number)


def views_of(pixels: np.ndarray) -> list[np.ndarray]:
    """Return the eight views of an image."""
    return [
        view[::rows, ::columns]
        for view in (pixels, pixels.T)
        for rows in (1, -1)
        for columns in (1, -1)
    ]


def write_acd(root: Path, groups: int = 6) -> dict[str, str]:
    """Write so many images of each class in four of their views; return the image of each file."""
    truth = {}
    for place, label in enumerate(ACD):
        for group in range(groups):
            seed = 100 * place + group
            first = root / 'images' / label / f'{group:02d}_0.jpg'
            views = views_of(write_image(first, seed))
            for number, view in enumerate(np.random.default_rng(seed).choice(8, 3, replace=False)):
                save(root / 'images' / label / f'{group:02d}_{number + 1}.jpg', views[view])
            for number in range(4):
                truth[f'images/{label}/{group:02d}_{number}.jpg'] = f'{label}/{group}'
    return truth
