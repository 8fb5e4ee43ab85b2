"""Spacecraft: their parts, what is seen of them, the benchmark."""

import numpy as np
import pytest

from mmsar.errors import ConfigError
from mmsar.simulation.isar import Design, View, build_spacecraft, draw_design, draw_view
from mmsar.simulation.isar.benchmark import (
    DESIGNS,
    RADAR,
    benchmark_pairs,
    benchmark_spacecraft,
    benchmark_view,
    random_spacecraft,
)
from mmsar.simulation.isar.scatterers import Box, Points
from mmsar.simulation.isar.visibility import hidden, seen_amplitudes


def ray_meets(box, start, direction):
    """Walk along the ray."""
    steps = start + np.linspace(0, 6, 3001)[:, None] * direction
    local = (steps - box.centre) @ box.axes.T
    return bool((np.abs(local) < box.half - 0.02).all(1).any())


def test_boxes_hide():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    box = Box(np.array([0.3, -0.2, 0.1]), np.array([0.8, 0.5, 0.4]), turn)
    places = rng.uniform(-1.5, 1.5, (150, 3))
    scene = Points(places, np.zeros((150, 3)), np.ones(150, complex))
    for _ in range(3):
        direction = draw_view(rng).to_radar
        expected = [ray_meets(box, place, direction) for place in places]
        assert 5 < sum(expected) < 100
        np.testing.assert_array_equal(hidden(scene, [box], direction), expected)


def test_surfaces_follow_the_cosine_and_do_not_look_back():
    normals = np.array([[1, 0, 0], [-1, 0, 0], [0, 0, 0]], float)
    scene = Points(np.zeros((3, 3)), normals, np.array([2, 2, 2j]))
    to_radar = np.array([0.6, 0.8, 0.0])
    np.testing.assert_allclose(seen_amplitudes(scene, [], to_radar), [1.2, 0, 2j])


def test_a_bus_shows_the_sides_that_face_the_radar():
    craft = build_spacecraft(Design(panels=0), np.random.default_rng(0))
    to_radar = np.array([0.97, 0.14, 0.2]) / np.linalg.norm([0.97, 0.14, 0.2])
    across = np.cross([0, 0, 1], to_radar)
    view = View(to_radar, across / np.linalg.norm(across))
    x, y, amplitudes = craft.seen_from(view)
    assert len(x) == len(y) == len(amplitudes) < 0.6 * len(craft.points.positions)
    # Away from the radar is positive: what is seen is near, but for the far ends of the sides.
    power = np.square(np.abs(amplitudes))
    assert power[x < 0].sum() > 2 * power[x > 0].sum()
    assert np.abs(y).max() == pytest.approx(0.9, abs=0.3)


def test_all_parts_are_there():
    plain = build_spacecraft(Design(panels=0), np.random.default_rng(0))
    for settings, least in (
        ({'panels': 2}, 4.0),
        ({'panels': 4, 'truss': 1.0}, 5.0),
        ({'dish': 3.0}, 1.9),
        ({'boom': 5.0}, 3.0),
    ):
        craft = build_spacecraft(Design(**{'panels': 0, **settings}), np.random.default_rng(0))
        assert len(craft.points.positions) > len(plain.points.positions)
        assert craft.radius > max(least, plain.radius)
        assert len(craft.boxes) == 1 + settings.get('panels', 0)
    for settings, message in (({'panels': 5}, 'panels=5; give 0 to 4'), ({'dish': -1}, 'no part')):
        with pytest.raises(ConfigError, match=message):
            Design(**settings)


def test_the_benchmark_is_what_it_says():
    pairs = benchmark_pairs()
    assert len(pairs) == len(set(pairs)) == 8 * 25 * 2
    limit = 0.4 * min(RADAR.extent)  # where polar format is exact
    crafts = {name: benchmark_spacecraft(name) for name in DESIGNS}
    assert all(2 < craft.radius < limit for craft in crafts.values())
    # The same on every machine
    assert crafts['relay'].points.positions[10] == pytest.approx(
        benchmark_spacecraft('relay').points.positions[10]
    )
    views = np.array([benchmark_view(name, n).to_radar for name in DESIGNS for n in range(25)])
    assert len(np.unique(views.round(6), axis=0)) == 200
    np.testing.assert_allclose(np.linalg.norm(views, axis=1), 1)
    across = benchmark_view('stage', 3).across
    assert across @ benchmark_view('stage', 3).to_radar == pytest.approx(0, abs=1e-12)
    with pytest.raises(ConfigError, match="no 'hubble'; it has classic, observer"):
        benchmark_spacecraft('hubble')


def test_training_has_other_spacecraft():
    rng = np.random.default_rng(3)
    drawn = [draw_design(rng) for _ in range(300)]
    assert not set(drawn) & set(DESIGNS.values())
    assert {design.panels for design in drawn} == {0, 1, 2, 3, 4}
    crafts = [random_spacecraft(part, n) for part in ('train', 'val') for n in range(12)]
    assert max(craft.radius for craft in crafts) < 0.45 * min(RADAR.extent)
    sizes = {len(craft.points.positions) for craft in crafts}
    assert len(sizes) > 20
    assert random_spacecraft('train', 1, seed=1).radius != crafts[1].radius
