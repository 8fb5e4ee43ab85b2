"""Aircraft: planforms, flashes, layover and shadow."""

from dataclasses import replace

import numpy as np
import pytest

from mmsar.simulation.aircraft import (
    AIRFRAMES,
    CHIP_SENSORS,
    OTHER_AIRFRAMES,
    X_BAND_1M,
    draw_aircraft,
    draw_scene,
    simulate_chip,
)
from mmsar.simulation.aircraft.airfield import draw_airfield, ground
from mmsar.simulation.aircraft.chip import aircraft_scatterers
from mmsar.simulation.aircraft.parts import airframe_parts
from mmsar.simulation.aircraft.points import Part, draw_points
from mmsar.simulation.aircraft.silhouette import silhouettes

X_WAVELENGTH = 0.0311


def rng(*seed):
    return np.random.default_rng(seed)


def test_types_are_those_of_the_paper():
    assert list(AIRFRAMES) == ['B-52', 'Boeing-747', 'Boeing-767', 'C-130', 'C-17', 'F-15', 'F-16']


@pytest.mark.parametrize('name', [*AIRFRAMES, *OTHER_AIRFRAMES])
def test_points_fill_length_and_span(name):
    frame = (AIRFRAMES | OTHER_AIRFRAMES)[name]
    for seed in range(4):
        aircraft = draw_aircraft(name, rng(seed))
        points = aircraft.points
        length, span = aircraft.length * frame.length, aircraft.span * frame.wing.span
        assert np.ptp(points.along) == pytest.approx(length, rel=0.06, abs=1.5)
        assert np.ptp(points.across) == pytest.approx(span, rel=0.06, abs=1.5)
        assert points.height.min() >= 0
        assert points.height.max() <= frame.fin.top + 3
        # Symmetric but for the places of single points.
        assert np.abs(points.across.mean()) < 0.05 * span
        assert aircraft.radius == max(length, span) / 2


def test_other_types_are_others():
    assert len(OTHER_AIRFRAMES) == 14
    assert list(OTHER_AIRFRAMES) == sorted(OTHER_AIRFRAMES, key=str.lower)
    sizes = {name: np.array([frame.length, frame.wing.span])
             for name, frame in (AIRFRAMES | OTHER_AIRFRAMES).items()}  # fmt: skip
    assert len(sizes) == 21
    for name, frame in OTHER_AIRFRAMES.items():
        shape = frame.length, frame.wing.span, len(frame.engines), frame.wing.sweep
        for seven in AIRFRAMES.values():
            same = seven.length, seven.wing.span, len(seven.engines), seven.wing.sweep
            assert not np.allclose(shape, same, rtol=0.05), name
        chip = simulate_chip(draw_scene(name, rng(0)), X_BAND_1M, rng(1))
        assert np.isfinite(chip).all()
        assert chip.max() > 5 * np.median(chip)


def test_engines_are_where_the_wings_carry_them():
    for name, frame in AIRFRAMES.items():
        slope = np.tan(np.radians(frame.wing.sweep))
        for engine in frame.engines:
            assert engine.inlet < engine.nozzle <= frame.length
            if name not in ('F-15', 'F-16'):
                edge = frame.wing.start + engine.side * slope
                assert engine.inlet < edge < engine.nozzle + 3


def test_individuals_differ_and_repeat():
    first, again, other = (draw_aircraft('C-17', rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.points.base, again.points.base)
    assert first.heading == again.heading
    assert first.heading != other.heading
    assert first.length != other.length
    assert not np.allclose(first.points.base, other.points.base)
    headings = [draw_aircraft('F-16', rng(2, s)).heading for s in range(300)]
    counts, _ = np.histogram(headings, 6, (0, 2 * np.pi))
    assert counts.min() > 30


def test_a_given_heading_leaves_the_individual_as_it_is():
    free, turned = draw_scene('F-15', rng(3)), draw_scene('F-15', rng(3), heading=1.0)
    assert turned.aircraft.heading == 1.0
    np.testing.assert_array_equal(free.aircraft.points.base, turned.aircraft.points.base)
    np.testing.assert_array_equal(free.airfield.points, turned.airfield.points)


def test_variants_have_their_lengths():
    lengths = {round(draw_aircraft('Boeing-767', rng(s)).length, 1) for s in range(30)}
    assert lengths == {0.9, 1.0}


def test_levels_of_points_are_the_mean_of_many_draws():
    part = Part((0.0, 0.0, 1.0), (10.0, 0.0, 1.0), 300, 0.0, 3.0, 13.0, normal=0.0, width=10.0)
    points = draw_points([part] * 400, rng(4))
    # In the median of parts, whose levels are normally distributed in decibels.
    medians = [np.median(level.reshape(400, -1).mean(1)) for level in (points.base, points.flash)]
    np.testing.assert_allclose(10 * np.log10(medians), [3.0, 13.0], atol=0.7)
    np.testing.assert_allclose(points.along.reshape(400, -1).mean(1), 5.0, atol=0.05)


@pytest.mark.parametrize('normal', [0.3, -2.5])
def test_a_part_flashes_in_its_lobe(normal):
    part = Part((0.0, 0.0, 1.0), (1.0, 0.0, 1.0), 1, 0.0, -99.0, 20.0, normal=normal, width=6.0)
    points = draw_points([part], rng(5))
    peak = points.rcs(normal + 2 * np.pi, X_WAVELENGTH)[0]
    assert peak == pytest.approx(points.flash[0], rel=1e-3)
    for side in (-1, 1):
        away = points.rcs(normal + side * np.radians(6.0), X_WAVELENGTH)[0]
        assert away == pytest.approx(peak / np.e, rel=1e-3)
    # Longer waves widen the lobe.
    wide = points.rcs(normal + np.radians(6.0), 4 * X_WAVELENGTH)[0]
    assert wide == pytest.approx(peak * np.exp(-1 / 4), rel=1e-3)


def test_the_fuselage_flashes_from_the_side_and_the_engines_from_the_front():
    def total(name, aspect):
        points = [draw_points(airframe_parts(name), rng(6, s)) for s in range(40)]
        return np.median([p.rcs(np.radians(aspect), X_WAVELENGTH).sum() for p in points])

    assert total('Boeing-747', 90) > 3 * total('Boeing-747', 120)
    sweep = AIRFRAMES['Boeing-767'].wing.sweep
    assert total('Boeing-767', sweep) > 1.5 * total('Boeing-767', sweep + 20)
    assert total('C-17', 0) > 1.2 * total('C-17', 150)


def test_image_of_points_lies_over_towards_the_radar():
    aircraft = replace(draw_aircraft('C-17', rng(7)), heading=0.0, east=0.0, south=0.0)
    frame = aircraft.airframe
    seen = aircraft_scatterers(aircraft, X_BAND_1M, 64, 1.2, rng(0))
    points = aircraft.points
    raised = (points.height - frame.height) / np.tan(np.radians(X_BAND_1M.incidence))
    np.testing.assert_allclose((seen.columns - 31.5) * 1.2, points.along - raised)
    np.testing.assert_allclose((seen.rows - 31.5) * 1.2, points.across)
    # Turned by 90 degrees, the nose is at larger rows.
    turned = aircraft_scatterers(replace(aircraft, heading=np.pi / 2), X_BAND_1M, 64, 1.2, rng(0))
    np.testing.assert_allclose((turned.rows - 31.5) * 1.2, points.along, atol=1e-9)


@pytest.mark.parametrize('name', ['Boeing-747', 'F-15'])
def test_area_and_shadow(name):
    for heading in (0.5, 2.0, 4.0):
        aircraft = replace(draw_aircraft(name, rng(8)), heading=heading, east=0.0, south=0.0)
        covered, dark = silhouettes(aircraft, 256, 0.4, 45.0)
        frame = aircraft.airframe
        wings = (frame.wing, frame.tail)
        plates = sum(w.span * (w.chord + w.tip_chord) / 2 for w in wings) * aircraft.span
        area = covered.sum() * 0.4**2
        # Wings and fuselage overlap.
        assert 0.7 * plates < area < plates + frame.length * frame.width
        # The shadow is longer than the aircraft, and farther from the radar.
        columns = np.arange(256)
        assert dark.sum() > covered.sum()
        assert dark.sum(0) @ columns / dark.sum() > covered.sum(0) @ columns / covered.sum() + 3


def test_convex_plate_is_filled_exactly():
    from mmsar.simulation.aircraft.silhouette import _fill

    aircraft = replace(draw_aircraft('F-16', rng(9)), heading=0.0, east=0.0, south=0.0)
    corners = np.array([[[5.0, 3.0], [5.0, -3.0], [-5.0, -3.0], [-5.0, 3.0]]])
    mask = _fill(aircraft, corners, np.zeros((1, 1)), 0.0, 64, 0.5, shift=2.0)
    axis = (np.arange(64) - 31.5) * 0.5
    expected = (np.abs(axis)[:, None] <= 3) & (np.abs(axis - 2) <= 5)
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize('sensor', CHIP_SENSORS.values(), ids=CHIP_SENSORS)
def test_grass_is_brighter_than_the_apron_by_the_contrast_of_the_sensor(sensor):
    fields = (draw_airfield(10.0, rng(10, s)) for s in range(50))
    airfield = next(field for field in fields if len(field.edges))
    airfield = replace(airfield, levels=np.zeros(2))
    area = ground(airfield, sensor, 300, 1.2, rng(11))
    distance, angle = airfield.edges[0]
    axis = (np.arange(300) - 149.5) * 1.2
    ahead = axis[:, None] * np.sin(angle) + axis * np.cos(angle)
    assert 10 * np.log10(area[ahead > distance].mean()) == pytest.approx(sensor.grass_db, abs=0.3)
    assert len(airfield.edges) < 3
    apron = ground(replace(airfield, edges=np.zeros((0, 2))), sensor, 300, 1.2, rng(11))
    assert 10 * np.log10(apron.mean()) == pytest.approx(sensor.apron_db, abs=0.3)


@pytest.mark.parametrize('size', [48, 64])
def test_chips_repeat_and_stand_out(size):
    for name in AIRFRAMES:
        scene = draw_scene(name, rng(12))
        chip = simulate_chip(scene, X_BAND_1M, rng(13), size)
        assert chip.shape == (size, size)
        assert chip.dtype == np.float32
        np.testing.assert_array_equal(chip, simulate_chip(scene, X_BAND_1M, rng(13), size))
        assert chip.max() > 8 * np.median(chip)
