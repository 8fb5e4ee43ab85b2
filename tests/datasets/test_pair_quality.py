"""What tells good patches from bad ones, and where patches lie."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from mmsar.datasets.pairs.building.patches import Grid, Split
from mmsar.datasets.pairs.building.quality import Figures, Limits, entropy, filled, structure
from mmsar.datasets.pairs.building.seams import seam
from mmsar.datasets.pairs.building.similar import describe, find_similar
from mmsar.errors import ConfigError
from mmsar.io import Window
from mmsar.simulation import optical_view, simulate_port

SIZE = 128


def coast(seed: int) -> np.ndarray:
    """Return an optical view in grey."""
    scene = simulate_port(SIZE, np.random.default_rng(seed), 'coast')
    image = optical_view(scene, np.random.default_rng(seed))
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope='module')
def coasts() -> list[np.ndarray]:
    return [coast(seed) for seed in range(8)]


def with_seam(image, angle, offset, step):
    """Add a step beyond a straight line, at ``offset`` pixels from the middle."""
    down, across = np.mgrid[: image.shape[0], : image.shape[1]] - (SIZE - 1) / 2
    beyond = across * np.cos(angle) + down * np.sin(angle) > offset
    return np.clip(image.astype(float) + step * beyond, 0, 255).astype(np.uint8)


def test_entropy_of_known_images():
    assert entropy(np.full((16, 16), 7, np.uint8)) == 0
    assert entropy(np.arange(256, dtype=np.uint8).reshape(16, 16)) == pytest.approx(8)
    three = np.array([0] * 8 + [1] * 4 + [2] * 4, np.uint8).reshape(4, 4)
    assert entropy(three) == pytest.approx(1.5)


def test_structure_tells_ground_from_speckle(coasts):
    generator = np.random.default_rng(0)
    speckle = np.sqrt(generator.gamma(3, 1, (SIZE, SIZE))) * 40
    speckle = np.clip(cv2.GaussianBlur(speckle, (0, 0), 0.7), 0, 255).astype(np.uint8)
    assert entropy(speckle) > 5  # entropy would let it pass
    assert structure(speckle) < 0.05
    assert min(map(structure, coasts)) > 0.15
    halves = np.full((32, 32), 50, np.uint8)
    halves[:, 16:] = 150
    assert structure(halves) == pytest.approx(0.5)
    assert structure(np.zeros((32, 32), np.uint8)) == 0


def test_a_frame_of_zeros_is_found_and_a_dark_place_is_not():
    image = np.full((64, 64, 3), 50, np.uint8)
    corner = np.add.outer(np.arange(64), np.arange(64)) < 20
    image[corner] = 0
    image[30:40, 30:40] = 0  # inside
    image[50, 60:] = 0  # at the border, but small
    image[:, 63, 0] = 0  # one band only
    assert (filled(image) == corner).all()
    assert filled(np.zeros((64, 64, 1), np.uint8)).all()
    assert not filled(np.ones((64, 64, 1), np.uint8)).any()


@pytest.mark.parametrize('angle', [0, 30, 90, 145])
def test_a_seam_stands_out(coasts, angle):
    planted = [seam(with_seam(image, np.radians(angle), 12, 60)) for image in coasts[:6]]
    assert np.median(planted) > Limits().max_seam
    assert min(planted) > 0.55


def test_no_seam_in_coasts_noise_and_slopes(coasts):
    assert max(seam(image) for image in coasts[:6]) < 0.75
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (SIZE, SIZE)).astype(np.uint8)
    slope = np.repeat(np.arange(SIZE, dtype=np.uint8)[None], SIZE, 0)
    assert seam(noise) < 0.3
    assert seam(slope) < 0.3
    assert seam(np.full((SIZE, SIZE), 90, np.uint8)) == 0


def test_repetitions_are_found_under_other_light_and_a_small_shift(coasts):
    generator = np.random.default_rng(0)
    brighter = np.clip(coasts[0] * 0.8 + 20 + generator.normal(0, 6, (SIZE, SIZE)), 0, 255)
    moved = np.pad(coasts[1], ((0, 1), (0, 1)), mode='edge')[1:, 1:]
    images = [*coasts, brighter.astype(np.uint8), moved, coasts[0]]
    descriptions = np.stack([describe(image) for image in images])
    assert np.linalg.norm(descriptions, axis=1) == pytest.approx(1)
    similarity, place = find_similar(descriptions, 0.9)
    assert similarity[:8].max() < 0.5
    assert place[0] == -1
    assert similarity[8:].min() > 0.9
    # The last is compared with the first of its kind, not with the repetition.
    assert place[8:].tolist() == [0, 1, 0]
    assert similarity[10] == pytest.approx(1)


def test_repetitions_by_pairwise_comparison():
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(600, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity, place = find_similar(vectors, 0.95)
    first = []
    for number, vector in enumerate(vectors):
        values = {other: float(vectors[other] @ vector) for other in first}
        best = max(values.values(), default=0.0)
        assert similarity[number] == pytest.approx(max(best, 0), abs=1e-5)
        if best > 0:
            assert values[place[number]] == pytest.approx(best, abs=1e-5)
        if best <= 0.95:
            first.append(number)
    assert 20 < len(first) < 600


def test_limits_name_the_reason_and_the_doubt():
    limits = Limits()
    good = Figures(0.0, 6.0, 0.3, 0.5)
    assert limits.judge(good) == ('', '')
    assert limits.judge(good._replace(missing=0.02)) == ('missing', '')
    assert limits.judge(good._replace(entropy=3.9)) == ('entropy', 'entropy')
    assert limits.judge(good._replace(entropy=2.0)) == ('entropy', '')
    assert limits.judge(good._replace(entropy=4.9)) == ('', 'entropy')
    assert limits.judge(good._replace(structure=0.01)) == ('structure', '')
    assert limits.judge(good._replace(structure=0.09)) == ('', 'structure')
    assert limits.judge(good._replace(seam=1.1)) == ('', 'seam')
    assert limits.judge(good._replace(seam=5.0)) == ('seam', 'seam')  # a straight road?
    assert limits.nearly_similar(0.85)
    assert not limits.nearly_similar(0.5)
    with pytest.raises(ConfigError, match=r'max_seam=-1'):
        Limits(max_seam=-1)


# ------------------------------------------------------------------ patches and parts


@pytest.mark.parametrize(
    ('shape', 'size', 'overlap', 'starts'),
    [
        ((512, 512), 256, 0.2, ([0, 205], [0, 205])),
        ((256, 460), 256, 0.2, ([0], [0])),
        ((461, 666), 256, 0.2, ([0, 205], [0, 205, 410])),
        ((255, 999), 256, 0.2, ([], [0, 205, 410, 615])),
        ((256, 512), 256, 0.0, ([0], [0, 256])),
    ],
)
def test_patches_overlap_by_the_share(shape, size, overlap, starts):
    windows = Grid(size, overlap).windows(shape)
    rows, columns = starts
    assert windows == [Window(row, column, size, size) for row in rows for column in columns]


def pixels(window):
    rows = range(window.row, window.row + window.height)
    columns = range(window.column, window.column + window.width)
    return {(row, column) for row in rows for column in columns}


@pytest.mark.parametrize('gap', [0, 7])
def test_blocks_share_no_ground(gap):
    grid = Grid(32, 0.25)
    windows = grid.windows((200, 260)) * 2
    scenes = ['a'] * (len(windows) // 2) + ['b'] * (len(windows) // 2)
    parts = Split(0.7, 'blocks', block=3, gap=gap).parts(scenes, windows, grid)
    assert {'train', 'val', 'gap'} == set(parts)
    near = 0
    for (i, a), (j, b) in combinations(enumerate(windows), 2):
        if scenes[i] == scenes[j] and {parts[i], parts[j]} == {'train', 'val'}:
            grown = Window(a.row - gap, a.column - gap, a.height + 2 * gap, a.width + 2 * gap)
            assert not pixels(grown) & pixels(b)
            near += 1
    assert near > 50
    assert parts.count('val') > 10
    # Only what touches validation ground was left out.
    for i, part in enumerate(parts):
        if part == 'gap':
            val = [j for j, other in enumerate(parts) if other == 'val' and scenes[j] == scenes[i]]
            ours = pixels(
                Window(*(v - gap for v in windows[i][:2]), *(v + 2 * gap for v in windows[i][2:]))
            )
            assert any(ours & pixels(windows[j]) for j in val)


def test_scenes_are_split_whole_and_by_the_seed():
    grid = Grid(32, 0)
    windows = [Window(0, 32 * k, 32, 32) for k in range(4)] * 10
    scenes = [f's{k}' for k in range(10) for _ in range(4)]
    parts = Split(0.8).parts(scenes, windows, grid)
    by_scene = {
        scene: {p for s, p in zip(scenes, parts, strict=True) if s == scene} for scene in scenes
    }
    assert all(len(found) == 1 for found in by_scene.values())
    assert parts.count('val') == 8
    assert Split(0.8).parts(scenes, windows, grid) == parts
    assert any(Split(0.8, seed=s).parts(scenes, windows, grid) != parts for s in (1, 2))
    assert set(Split().parts(scenes, windows, grid)) == {'train'}


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: Grid(16), 'size=16'),
        (lambda: Grid(64, 1.0), r'overlap=1\.0'),
        (lambda: Split(1.5), r'split=1\.5'),
        (lambda: Split(0.5, 'row'), "split_by='row'"),
        (lambda: Split(0.5, gap=-1), 'gap=-1'),
        (
            lambda: Split(0.8).parts(['a'] * 2, Grid(32).windows((32, 60)), Grid(32)),
            'of 1 scenes leaves a part empty: give another share, or --split-by blocks with',
        ),
    ],
)
def test_wrong_options_are_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
