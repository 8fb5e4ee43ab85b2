"""Matched points to a mapping, and the optical image on the grid of the SAR image."""

import json

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from mmsar.datasets.pairs.building.registration import Registration, register
from mmsar.datasets.pairs.building.resample import optical_window
from mmsar.datasets.pairs.building.scenes import read_scenes
from mmsar.errors import DataError
from mmsar.io import Window, open_raster, read_raster, write_raster

# SAR (column, row) to optical
AFFINE = np.array([[1.04, 0.06, 9.5], [-0.05, 0.97, 31.25], [0, 0, 1]])
PROJECTIVE = np.array([[1.1, 0.05, 9.5], [-0.05, 0.97, 31.25], [2e-4, -1e-4, 1]])


def mapped(matrix, places):
    result = np.column_stack([places, np.ones(len(places))]) @ matrix.T
    return result[:, :2] / result[:, 2:]


def draw_points(matrix, count=14, noise=0.0, seed=0, size=400):
    generator = np.random.default_rng(seed)
    sar = generator.uniform(0, size, (count, 2))
    return np.hstack([sar, mapped(matrix, sar) + generator.normal(0, noise, (count, 2))])


@pytest.mark.parametrize(('model', 'matrix'), [('affine', AFFINE), ('projective', PROJECTIVE)])
def test_exact_points_give_the_mapping(model, matrix):
    fit = register(draw_points(matrix), 'a', model)
    assert fit.matrix == pytest.approx(matrix, rel=1e-6, abs=1e-8)
    assert fit.used.all()
    assert max(fit.rms, fit.error) < 1e-6
    assert fit.reaches((400, 400))


def test_the_affine_fit_is_numpys_least_squares():
    points = draw_points(AFFINE, noise=1.0)
    design = np.column_stack([points[:, :2], np.ones(len(points))])
    solution = np.linalg.lstsq(design, points[:, 2:], rcond=None)[0].T
    fit = register(points, 'a')
    assert fit.matrix[:2] == pytest.approx(solution, abs=1e-9)
    # In SAR pixels: what is left in the optical image, mapped back.
    left = points[:, 2:] - design @ solution.T
    back = np.hypot(*np.linalg.solve(solution[:, :2], left.T))
    assert fit.residuals == pytest.approx(back)
    # By the leverage of each point, as linear regression has it.
    leverage = np.diag(design @ np.linalg.pinv(design))
    assert fit.error == pytest.approx(np.sqrt(np.mean((back / (1 - leverage)) ** 2)), rel=1e-2)
    assert fit.error > fit.rms


def test_the_projective_fit_is_a_minimum():
    points = draw_points(PROJECTIVE, noise=0.5)
    fit = register(points, 'a', 'projective')

    def cost(matrix):
        return ((mapped(matrix, points[:, :2]) - points[:, 2:]) ** 2).sum()

    for row, column in np.ndindex(3, 3):
        for change in (1 - 1e-5, 1 + 1e-5):
            other = fit.matrix.copy()
            other[row, column] *= change
            assert cost(other) >= cost(fit.matrix) * (1 - 1e-9)
    assert cost(fit.matrix) < cost(PROJECTIVE)


def test_sub_pixel_noise_gives_sub_pixel_registration():
    corners = np.array([[0, 0], [400, 0], [0, 400], [400, 400.0]])
    for model, matrix in (('affine', AFFINE), ('projective', PROJECTIVE)):
        for seed in range(5):
            fit = register(draw_points(matrix, 20, 0.3, seed), 'a', model)
            wrong = np.linalg.norm(fit.to_optical(corners) - mapped(matrix, corners), axis=1)
            assert wrong.max() < (0.7 if model == 'affine' else 1.2)  # at the corners
            assert 0.2 < fit.rms < fit.error < 0.9


@pytest.mark.parametrize(('model', 'matrix'), [('affine', AFFINE), ('projective', PROJECTIVE)])
def test_ransac_leaves_out_wrong_points(model, matrix):
    points = draw_points(matrix, 20, 0.2)
    points[[3, 8, 15], 2:] += [[40, 0], [-25, 60], [0, 300]]
    assert register(points, 'a', model).error > 10
    fit = register(points, 'a', model, ransac=2.0)
    assert np.flatnonzero(~fit.used).tolist() == [3, 8, 15]
    assert fit.error < 0.6
    assert fit.residuals[15] > 100
    again = register(points, 'a', model, ransac=2.0)
    assert (again.matrix == fit.matrix).all()


@pytest.mark.parametrize(
    ('points', 'options', 'message'),
    [
        (draw_points(AFFINE, 3), {}, 'a has 3 points; affine registration needs 3, and one more'),
        (draw_points(AFFINE, 4), {'model': 'projective'}, 'projective registration needs 4'),
        (np.repeat(np.arange(8.0)[:, None], 4, 1), {}, 'on one line'),
        (np.ones((5, 4)), {}, 'on one line'),
        (
            np.random.default_rng(0).uniform(0, 500, (12, 4)),
            {'ransac': 1.0},
            r'only \d of 12 points agree within 1\.0 pixels',
        ),
    ],
)
def test_points_that_are_not_enough_are_refused(points, options, message):
    with pytest.raises(DataError, match=message):
        register(points, 'a', **options)


def test_a_mapping_that_hangs_on_one_point_expects_a_large_error():
    points = draw_points(AFFINE, 6, 0.3)
    points[:5, 1] = 100  # all but one on a line
    points[:, 2:] = mapped(AFFINE, points[:, :2]) + np.random.default_rng(0).normal(0, 0.3, (6, 2))
    fit = register(points, 'a')
    assert fit.rms < 0.5
    assert fit.error > 10


def test_a_horizon_in_the_image_is_seen():
    fit = Registration(
        np.array([[1, 0, 0], [0, 1, 0], [-0.01, 0, 1.0]]), np.ones(4, bool), np.zeros(4), 0.0
    )
    assert fit.reaches((500, 80))
    assert not fit.reaches((500, 100))


# ------------------------------------------------------------------ resampling


def test_windows_are_the_bilinear_values_of_the_whole_image(tmp_path):
    generator = np.random.default_rng(0)
    image = generator.integers(0, 256, (90, 80, 3)).astype(np.uint8)
    write_raster(tmp_path / 'o.png', image)
    fit = register(draw_points(AFFINE, size=60), 'a')
    with open_raster(tmp_path / 'o.png') as raster:
        whole, inside = optical_window(raster, fit, Window(0, 0, 70, 60), (0, 1, 2))
        part, part_inside = optical_window(raster, fit, Window(22, 31, 16, 16), (0, 1, 2))
        red, _ = optical_window(raster, fit, Window(22, 31, 16, 16), (0,))
    assert inside.mean() > 0.5
    assert not inside.all()
    for band in range(3):  # scipy's own, which counts rows before columns
        turned = AFFINE[:2, :2][::-1, ::-1]
        wanted = affine_transform(
            image[..., band].astype(float), turned, AFFINE[1::-1, 2], (70, 60), order=1
        )
        assert np.abs(whole[..., band] - wanted)[inside].max() < 1e-3
    assert np.abs(part - whole[22:38, 31:47]).max() < 1e-4
    assert (part_inside == inside[22:38, 31:47]).all()
    assert np.abs(red[..., 0] - part[..., 0]).max() < 1e-4
    places = np.stack(np.meshgrid(np.arange(60), np.arange(70)), -1).reshape(-1, 2)
    x, y = mapped(AFFINE, places).T
    assert (inside.ravel() == ((x >= 0) & (x <= 79) & (y >= 0) & (y <= 89))).all()


def test_a_window_outside_the_optical_image_is_empty(tmp_path):
    write_raster(tmp_path / 'o.png', np.full((50, 50), 9, np.uint8))
    fit = register(draw_points(AFFINE), 'a')
    with open_raster(tmp_path / 'o.png') as raster:
        values, inside = optical_window(raster, fit, Window(200, 200, 8, 8), (0,))
    assert not inside.any()
    assert not values.any()


def test_pixels_without_data_are_no_data(tmp_path):
    pytest.importorskip('rasterio')
    image = np.full((64, 64, 1), 100, np.float32)
    image[20, 30] = -9999
    write_raster(tmp_path / 'o.tif', image)
    meta = read_raster(tmp_path / 'o.tif')[1]
    write_raster(tmp_path / 'o.tif', image, meta=type(meta)(meta.shape, meta.dtype, nodata=-9999))
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    fit = register(draw_points(half), 'a')
    with open_raster(tmp_path / 'o.tif') as raster:
        values, inside = optical_window(raster, fit, Window(0, 0, 60, 60), (0,))
    # Half a pixel off: each of the four squares around it needs the pixel.
    assert np.argwhere(~inside).tolist() == [[19, 29], [19, 30], [20, 29], [20, 30]]
    assert values[inside] == pytest.approx(100)


def test_finer_optical_pixels_are_averaged(tmp_path):
    generator = np.random.default_rng(0)
    write_raster(tmp_path / 'o.png', generator.integers(0, 256, (240, 240)).astype(np.uint8))
    finer = np.diag([4.0, 4.0, 1.0])
    fit = register(draw_points(finer), 'a')
    assert fit.scale((30, 30)) == pytest.approx(4)
    with open_raster(tmp_path / 'o.png') as raster:
        values, inside = optical_window(raster, fit, Window(10, 10, 40, 40), (0,))
    assert inside.all()
    # White noise of deviation 74: a Gaussian of 1.94 pixels leaves 74 / (2 sqrt(pi) 1.94).
    assert values.std() == pytest.approx(73.9 / (2 * np.sqrt(np.pi) * 1.94), rel=0.15)


# ------------------------------------------------------------------ the list of scenes


def write_points(path, rows, header='sar_column,sar_row,optical_column,optical_row'):
    path.write_text('\n'.join([header, *(','.join(map(str, row)) for row in rows)]))


def test_csv_and_json_lists_say_the_same(tmp_path):
    points = [[1, 2, 3.5, 4], [5, 6, 7, 8]]
    write_points(tmp_path / 'p.csv', points)
    (tmp_path / 's.csv').write_text('scene,sar,optical,points\nport-1,a/s.tif,o.png,p.csv\n')
    entry = {'scene': 'port-1', 'sar': 'a/s.tif', 'optical': 'o.png', 'points': points}
    (tmp_path / 's.json').write_text(json.dumps([entry]))
    (tmp_path / 't.json').write_text(json.dumps([{**entry, 'points': 'p.csv'}]))
    for name in ('s.csv', 's.json', 't.json'):
        (scene,) = read_scenes(tmp_path / name)
        assert scene[:3] == ('port-1', tmp_path / 'a' / 's.tif', tmp_path / 'o.png')
        assert scene.points.tolist() == points


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('{', 'is not valid JSON'),
        ('{}', 'must be a list'),
        ('[]', 'lists no scenes'),
        ('[3]', "scene 1: it has no 'scene'"),
        ('[{"scene": "a", "sar": "s", "optical": "o"}]', "it has no 'points'"),
        ('[{"scene": "a/b", "sar": "s", "optical": "o", "points": [[1,2,3,4]]}]', "so 'a/b' may"),
        ('[{"scene": "a", "sar": "s", "optical": "o", "points": [[1,2,3]]}]', 'four numbers'),
        ('[{"scene": "a", "sar": "s", "optical": "o", "points": [[1,2,3,NaN]]}]', 'not a finite'),
        ('[{"scene": "a", "sar": "s", "optical": "o", "points": "q.csv"}]', r'q\.csv does not'),
        (
            '[{"scene": "a", "sar": "s", "optical": "o", "points": "p.csv"}]',
            "p.csv has no column 'sar_column'",
        ),
        ('[{"scene": "a", "sar": "s", "optical": "o", "points": "x.csv"}]', 'four numbers'),
        (
            json.dumps([{'scene': 'a', 'sar': 's', 'optical': 'o', 'points': [[1, 2, 3, 4]]}] * 2),
            "2 scenes are called 'a'",
        ),
    ],
)
def test_a_bad_list_is_named(tmp_path, content, message):
    write_points(tmp_path / 'p.csv', [[1, 2, 3, 4]], header='a,b,c,d')
    write_points(tmp_path / 'x.csv', [[1, 2, 3, 'four']])
    (tmp_path / 's.json').write_text(content)
    with pytest.raises(DataError, match=message):
        read_scenes(tmp_path / 's.json')
