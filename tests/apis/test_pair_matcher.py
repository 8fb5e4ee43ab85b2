"""Matching with a network: single pairs, and a chip in a larger image."""

import warnings
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import toy  # noqa: F401
from bridge_standins import PIPELINE, stand_in, write_checkpoint, write_config
from mmengine.config import Config
from scipy.ndimage import gaussian_filter

from mmsar.apis import PairMatcher
from mmsar.apis.matching.location import Location
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.io import Window
from mmsar.models.matching.search import distance_map


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A grey image whose parts differ from one another."""
    noise = np.random.default_rng(seed).normal(size=(height, width))
    smooth = gaussian_filter(noise, 4)
    return np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def sea_with_objects() -> np.ndarray:
    """A grey image (200, 264): objects on a plain, with free ground around those near (90, 138).

    The stand-in's preprocessor makes 0 of the plain, so there, padding with zeros changes nothing.
    """
    generator = np.random.default_rng(5)
    image = np.full((200, 264), 128, np.uint8)
    for number, rows, columns in ((40, (10, 185), (10, 250)), (9, (90, 112), (130, 152))):
        if number == 9:
            image[60:150, 100:200] = 128
        for _ in range(number):
            row, column = generator.integers(*rows), generator.integers(*columns)
            height, width = generator.integers(3, 14 if number == 40 else 7, 2)
            image[row : row + height, column : column + width] = generator.integers(0, 256)
    return image


@pytest.fixture
def folder(tmp_path) -> Path:
    """Config, checkpoint, three pairs of equal images, and two chips of a large one."""
    write_config(tmp_path)
    write_checkpoint(tmp_path / 'net.pth')
    for view in ('sar', 'optical'):
        (tmp_path / view).mkdir()
    for number in range(3):
        image = texture(64, 64, number)
        cv2.imwrite(str(tmp_path / f'sar/{number}.png'), image)
        cv2.imwrite(str(tmp_path / f'optical/{number}.png'), np.stack([image] * 3, -1))
    large = sea_with_objects()
    cv2.imwrite(str(tmp_path / 'large.png'), np.stack([large] * 3, -1))
    cv2.imwrite(str(tmp_path / 'chip.png'), large[72:136, 112:176])
    cv2.imwrite(str(tmp_path / 'between.png'), large[74:138, 118:182])
    return tmp_path


def matcher(folder: Path, **options) -> PairMatcher:
    return PairMatcher(folder / 'config.py', folder / 'net.pth', **options)


def test_scores_are_those_of_the_network(folder):
    sar = [folder / f'sar/{number}.png' for number in (0, 1, 2, 0)]
    optical = [folder / f'optical/{number}.png' for number in (0, 1, 0, 2)]
    found = matcher(folder)
    scores = found.score_pairs(sar, optical, batch_size=3)
    assert scores.threshold == 0.01  # of the config's metric
    assert scores.matches.tolist() == [True, True, False, False]
    views = {
        'sar': [cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[None] for path in sar],
        'optical': [cv2.imread(str(path)).transpose(2, 0, 1) for path in optical],
    }
    inputs = {v: torch.tensor(np.stack(i)).float() / 64 - 2 for v, i in views.items()}
    with torch.no_grad():
        _, _, expected = found.model(inputs, mode='tensor')
    assert scores.distances == pytest.approx(expected.numpy(), abs=1e-6)
    loose = matcher(folder, threshold=1.0).score_pairs(sar, optical)
    assert loose.matches.all()
    assert len(found.score_pairs([], []).distances) == 0


def test_pairs_of_several_sizes(folder):
    small = texture(40, 56, 3)
    cv2.imwrite(str(folder / 'small.png'), small)
    cv2.imwrite(str(folder / 'colour.png'), np.stack([small] * 3, -1))
    sar = [folder / 'sar/0.png', folder / 'small.png', folder / 'sar/1.png']
    optical = [folder / 'optical/0.png', folder / 'colour.png', folder / 'optical/1.png']
    together = matcher(folder).score_pairs(sar, optical)
    alone = [
        matcher(folder).score_pairs([s], [o]).distances[0]
        for s, o in zip(sar, optical, strict=True)
    ]
    assert together.distances == pytest.approx(np.array(alone), abs=1e-6)
    with pytest.raises(DataError, match=r'small\.png has 56 x 40 pixels .*0\.png has 64 x 64'):
        matcher(folder).score_pairs([sar[1]], [optical[0]])


def test_an_image_outside_the_range_of_the_stretch_is_told(folder):
    rule = {'type': 'mmsar.StretchSAR', 'rule': 'fixed', 'low': 1e3, 'high': 6e4, 'key': 'sar'}
    write_config(folder, pipeline=[*PIPELINE[:2], rule, *PIPELINE[3:]])
    image = texture(64, 64).astype(np.uint16) * 200
    cv2.imwrite(str(folder / 'amplitude.png'), image)
    cv2.imwrite(str(folder / 'bright.png'), np.maximum(image, 61000))
    optical = folder / 'optical/0.png'
    found = matcher(folder)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found.score_pairs([folder / 'amplitude.png'], [optical])
    for name, told in (('sar/0.png', r'\(uint8\) are below'), ('bright.png', 'are above')):
        with pytest.warns(UserWarning, match=rf"{name}: 100% .*{told} .*rule='fixed', low=1000"):
            found.score_pairs([folder / name], [optical])


def test_a_chip_is_found_where_it_was_cut(folder):
    location = matcher(folder).locate(folder / 'chip.png', folder / 'large.png')
    assert location.stride == 8
    assert location.distances.shape == ((200 - 64) // 8 + 1, (264 - 64) // 8 + 1)
    assert (location.best.row, location.best.column) == (72, 112)
    first, second = location.places(2)
    assert first == location.best
    # Its objects are far from its border, so the zeros around it change nothing.
    assert first.distance < 1e-6
    assert second.distance > 0.05


def test_distances_are_those_of_windows_but_for_their_borders(folder):
    """Where the image goes on beyond the window, its pixels stand in the place of zeros."""
    found = matcher(folder)
    image = texture(200, 264, 9)
    cv2.imwrite(str(folder / 'texture.png'), np.stack([image] * 3, -1))
    cv2.imwrite(str(folder / 'part.png'), image[72:136, 112:176])
    location = found.locate(folder / 'part.png', folder / 'texture.png')
    places = [(row, column) for row in range(0, 18, 3) for column in range(0, 26, 4)]
    windows = []
    for row, column in places:
        windows.append(folder / f'window_{row}_{column}.png')
        window = image[row * 8 : row * 8 + 64, column * 8 : column * 8 + 64]
        cv2.imwrite(str(windows[-1]), np.stack([window] * 3, -1))
    exact = found.score_pairs([folder / 'part.png'] * len(places), windows).distances
    dense = np.array([location.distances[place] for place in places])
    assert np.abs(dense - exact).mean() < 0.03 < exact.std()
    assert np.corrcoef(dense, exact)[0, 1] > 0.8


def test_distances_are_exactly_those_of_windows_without_padding():
    """A backbone that sees nothing beyond its own pixels gives the same either way."""
    torch.manual_seed(0)
    model = stand_in().eval().double()
    for branch in (model.sar_branch, model.optical_branch):
        branch.backbone.stem = torch.nn.Conv2d(
            branch.backbone.stem.in_channels, 6, 2, 2, dtype=torch.float64
        )
        branch.backbone.stage = torch.nn.Conv2d(6, 8, 2, 2, dtype=torch.float64)
        branch.backbone.last = torch.nn.Conv2d(8, 8, 2, 2, dtype=torch.float64)
    image = torch.randn(1, 3, 56, 72, dtype=torch.float64)
    chip = torch.randn(1, 1, 32, 40, dtype=torch.float64)
    for stride in (8, 16, 4, 2):
        distances, _ = distance_map(model, chip, partial(part_of, image), image.shape[2:], stride)
        assert distances.shape == ((56 - 32) // stride + 1, (72 - 40) // stride + 1)
        for row, column in np.ndindex(distances.shape):
            y, x = row * stride, column * stride
            window = {'sar': chip, 'optical': image[:, :, y : y + 32, x : x + 40]}
            with torch.no_grad():
                _, _, expected = model(window, mode='tensor')
            assert distances[row, column] == pytest.approx(float(expected), abs=1e-6)


def part_of(image: torch.Tensor, window: Window) -> torch.Tensor:
    row, column, height, width = window
    return image[:, :, row : row + height, column : column + width]


@pytest.mark.parametrize('stride', [None, 24, 2])
@pytest.mark.parametrize('size', [(131, 190), (64, 77), (41, 43)])
def test_tiles_with_a_margin_change_nothing(size, stride):
    torch.manual_seed(0)
    model = stand_in().eval().double()
    image = torch.randn(1, 3, *size, dtype=torch.float64)
    chip = torch.randn(1, 1, 40, 43, dtype=torch.float64)
    whole, _ = distance_map(model, chip, partial(part_of, image), size, stride)
    seen, done = [], []

    def read(window: Window) -> torch.Tensor:
        assert (window.row + window.height <= size[0]) & (window.column + window.width <= size[1])
        seen.append(window)
        return part_of(image, window)

    tiled, _ = distance_map(
        model, chip, read, size, stride, 20, 30, lambda *counts: done.append(counts)
    )
    np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-7)
    assert done == [(n + 1, len(seen) - 1) for n in range(len(seen) - 1)]  # one finds the stride
    assert max(window.height for window in seen) <= 24 + 40 + 2 * 32
    # Without a margin, the zeros around each tile show.
    cut, _ = distance_map(model, chip, partial(part_of, image), size, stride, 20, 0)
    assert size[0] < 100 or np.abs(cut - whole).max() > 1e-3


def test_a_large_image_is_read_by_tiles(folder, monkeypatch):
    """Percentiles are those of the whole image, and the preprocessing is that of one piece."""
    rule = {'type': 'mmsar.StretchSAR', 'key': 'optical', 'rule': 'percentile'}
    write_config(folder, pipeline=[*PIPELINE[:3], rule, *PIPELINE[4:]])
    image = texture(200, 264, 9)
    image[:100] //= 3
    cv2.imwrite(str(folder / 'uneven.png'), np.stack([image] * 3, -1))
    found = matcher(folder)
    arguments = folder / 'chip.png', folder / 'uneven.png'
    whole = found.locate(*arguments).distances
    tiled = found.locate(*arguments, tile=64, halo=32).distances
    assert tiled == pytest.approx(whole, abs=1e-5)


def test_one_pass_of_the_backbone_over_the_large_image(folder, monkeypatch):
    found = matcher(folder)
    sizes = []
    backbone = found.model.optical_branch.backbone
    original = backbone.forward
    monkeypatch.setattr(
        backbone,
        'forward',
        lambda image: (sizes.append(tuple(image.shape[2:])), original(image))[1],
    )
    found.locate(folder / 'chip.png', folder / 'large.png')
    assert sizes == [(256, 256), (200, 264)]  # the first finds the stride
    sizes.clear()
    # In tiles with a margin, the map is the same.
    whole = found.locate(folder / 'chip.png', folder / 'large.png').distances
    tiled = found.locate(folder / 'chip.png', folder / 'large.png', tile=64, halo=32).distances
    assert tiled == pytest.approx(whole, abs=1e-5)
    assert sizes[2] == (256, 256)
    assert len(sizes) == 3 + 3 * 4
    assert max(max(size) for size in sizes[3:]) <= 64 + 64 + 2 * 32


def test_a_finer_stride_finds_places_in_between(folder):
    found = matcher(folder)
    coarse = found.locate(folder / 'between.png', folder / 'large.png')
    fine = found.locate(folder / 'between.png', folder / 'large.png', stride=2)
    assert (fine.best.row, fine.best.column) == (74, 118)
    assert fine.best.distance < 1e-6
    assert coarse.best.distance > 0.02
    assert fine.distances[::4, ::4] == pytest.approx(coarse.distances, abs=1e-5)
    sparse = found.locate(folder / 'between.png', folder / 'large.png', stride=24)
    assert sparse.distances == pytest.approx(coarse.distances[::3, ::3], abs=1e-5)


def test_places_are_apart():
    distances = np.full((9, 9), 0.9, np.float32)
    distances[2, 2], distances[2, 3], distances[6, 2] = 0.1, 0.2, 0.3
    location = Location(distances, 10, (40, 40))
    assert [(p.row, p.column, round(p.distance, 3)) for p in location.places(2)] == [
        (20, 20, 0.1),
        (60, 20, 0.3),
    ]
    assert location.best == (20, 20, 40, 40, pytest.approx(0.1))
    assert len(Location(distances[:1, :1], 10, (40, 40)).places(5)) == 1


def test_wrong_input(folder):
    found = matcher(folder)
    with pytest.raises(DataError, match='1 radar images and 2 optical images'):
        found.score_pairs(['a.png'], ['a.png', 'b.png'])
    with pytest.raises(DataError, match=r'nowhere\.png does not exist'):
        found.score_pairs([folder / 'nowhere.png'], [folder / 'optical/0.png'])
    cv2.imwrite(str(folder / 'wide.png'), texture(200, 264))
    with pytest.raises(DataError, match='264 x 200 pixels and the optical image only 64 x 64'):
        found.locate(folder / 'wide.png', folder / 'optical/0.png')
    with pytest.raises(ConfigError, match='stride=12 is neither a multiple nor a part of 8'):
        found.locate(folder / 'chip.png', folder / 'large.png', stride=12)


def test_wrong_network(folder):
    torch.save({'state_dict': {'other': torch.zeros(1)}}, folder / 'other.pth')
    with pytest.raises(CheckpointError, match=r'other\.pth does not fit this model'):
        PairMatcher(folder / 'config.py', folder / 'other.pth')
    with pytest.raises(ConfigError, match='the model of the config is ToyModel'):
        PairMatcher(
            Config({'model': {'type': 'ToyModel'}, 'default_scope': 'mmengine'}), folder / 'net.pth'
        )
    write_config(folder, test_dataloader={})
    with pytest.raises(ConfigError, match=r'no test_dataloader\.dataset\.pipeline'):
        matcher(folder)
    write_config(folder, pipeline=[*PIPELINE[:4], {'type': 'StandInHalve'}, PIPELINE[4]])
    with pytest.raises(ConfigError, match=r'makes 32 x 32 pixels of the 64 x 64 of .*chip\.png'):
        matcher(folder).locate(folder / 'chip.png', folder / 'large.png')


def test_threshold_of_the_config(folder):
    write_config(folder, test_evaluator=[{'type': 'mmsar.MatchingMetric', 'threshold': 'best'}])
    assert matcher(folder).threshold == 0.38
    write_config(folder, test_evaluator=[{'type': 'X'}, {'type': 'Y', 'threshold': 0.2}])
    assert matcher(folder).threshold == 0.2
    write_config(folder, test_evaluator={'type': 'mmsar.MatchingMetric', 'threshold': 38})
    with pytest.raises(ConfigError, match='threshold=38 is no distance; give a number from 0 to 1'):
        matcher(folder)
    for wrong in (float('nan'), -3.0):
        with pytest.raises(ConfigError, match=f'threshold={wrong} is no distance'):
            matcher(folder, threshold=wrong)


@pytest.mark.parametrize('device', ['gpu', 'cuda:99', 'meta'])
def test_a_device_that_is_not_there(folder, device):
    with pytest.raises(ConfigError, match=f"device '{device}' cannot be used: .*\n  Give cpu"):
        matcher(folder, device=device)
