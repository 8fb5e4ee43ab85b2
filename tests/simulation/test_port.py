"""Ports: geometry, boxes, and two views that share nothing else."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mmsar.simulation import Sensor, Ship, optical_view, radar_view, ship_scatterers, simulate_port
from mmsar.simulation.port import KINDS


def rng(*seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize('kind', KINDS)
def test_ships_are_on_the_water_and_apart(kind):
    for seed in range(6):
        scene = simulate_port(160, rng(seed), kind)
        assert 1 <= len(scene.ships) <= 8
        hulls = [ship.mask(scene.land.shape) for ship in scene.ships]
        assert sum(hull.astype(int) for hull in hulls).max() == 1
        assert not (sum(hulls) > 0)[scene.land].any()
        assert scene.land.any() == (kind != 'sea')
        assert not (scene.paved & ~scene.land).any()
        for stack in scene.stacks:
            assert scene.land[stack.mask(scene.land.shape)].all()


def test_most_port_ships_are_moored():
    ships = [ship for seed in range(12) for ship in simulate_port(256, rng(seed), 'port').ships]
    assert 0.3 < np.mean([ship.moored for ship in ships]) < 0.9


def test_box_holds_the_hull_tightly():
    for seed in range(10):
        for ship in simulate_port(160, rng(seed)).ships:
            rows, columns = np.nonzero(ship.mask((160, 160)))
            drawn = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            np.testing.assert_allclose(ship.box(), drawn, atol=1.2)


def test_scatterers_lie_on_the_ship_and_have_its_cross_section():
    ship = Ship(50, 60, 40, 8, 0.7, rcs_db=3.0)
    points = ship_scatterers(ship, 2.5, rng(0))
    along, across = ship.local(points.rows, points.columns)
    assert np.abs(along).max() <= 20.01
    assert np.abs(across).max() <= 4.01
    assert points.rcs.sum() == pytest.approx(10**0.3 * 40 * 8 * 2.5**2)


@pytest.mark.parametrize('heading', [np.pi / 2, -np.pi / 2])
def test_the_side_towards_the_radar_is_the_brighter_one(heading):
    points = ship_scatterers(Ship(50, 60, 60, 10, heading, 0.0), 2.5, rng(0))
    near, far = points.columns < 58, points.columns > 62  # the radar looks to larger columns
    assert points.rcs[near].sum() > 2 * points.rcs[far].sum()


def test_motion_smears_along_azimuth_only():
    still = ship_scatterers(Ship(50, 60, 40, 8, 0.0, 0.0), 2.5, rng(0))
    moving = ship_scatterers(Ship(50, 60, 40, 8, 0.0, 0.0, smear=6), 2.5, rng(0))
    assert moving.rcs.sum() == pytest.approx(still.rcs.sum())
    assert np.ptp(moving.rows) > np.ptp(still.rows) + 4
    assert np.ptp(moving.columns) == np.ptp(still.columns)


def test_ships_are_brighter_than_the_sea_around_them():
    contrasts = []
    for seed in range(8):
        scene = simulate_port(160, rng(seed), 'sea')
        image = radar_view(scene, Sensor(), rng(seed, 1))
        hulls = sum(ship.mask(image.shape) for ship in scene.ships) > 0
        contrasts.append(10 * np.log10(image[hulls].mean() / image[~hulls].mean()))
    assert np.median(contrasts) > 6


def test_the_same_seed_gives_the_same_bytes():
    first, second = (
        (
            radar_view(scene := simulate_port(128, rng(5)), Sensor(), rng(6)).tobytes(),
            optical_view(scene, rng(7)).tobytes(),
        )
        for _ in 'ab'
    )
    assert first == second
    scene = simulate_port(128, rng(5))
    assert radar_view(scene, Sensor(), rng(8)).tobytes() != first[0]


def test_views_share_geometry_but_neither_noise_nor_texture():
    water, edges = [], []
    for seed in range(6):
        scene = simulate_port(160, rng(seed), 'port')
        radar = np.log(radar_view(scene, Sensor(), rng(seed, 1)))
        # The same seed for both: even then the streams must not meet.
        optical = optical_view(scene, rng(seed, 1)).mean(-1)
        sea = ~scene.land
        for ship in scene.ships:
            sea &= ~ship.mask(sea.shape, 6)
        for row, column in scene.buoys.astype(int):
            sea[max(0, row - 8) : row + 9, max(0, column - 8) : column + 9] = False
        open_sea = gaussian_filter(sea.astype(float), 3) > 0.999
        fine = [image - gaussian_filter(image, 6) for image in (radar, optical)]
        water.append(np.corrcoef(*(image[open_sea] for image in fine))[0, 1])
        edges.append(
            np.corrcoef(*(gaussian_filter(image, 3).ravel() for image in (radar, optical)))
        )
    assert abs(np.mean(water)) < 0.02
    assert np.mean([matrix[0, 1] for matrix in edges]) > 0.15


def test_a_scene_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match='at least 128'):
        simulate_port(64, rng(0))
    with pytest.raises(ValueError, match="kind='lake'"):
        simulate_port(128, rng(0), 'lake')
