"""Images of both sensors have the resolution, sidelobes, looks and noise that are stated."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import windows

from mmsar.simulation.aircraft import (
    C_BAND_3M,
    CHIP_SENSORS,
    X_BAND_1M,
    draw_scene,
    simulate_chip,
)
from mmsar.simulation.aircraft.airfield import Airfield
from mmsar.simulation.aircraft.chip_sensor import half_power_width
from mmsar.simulation.aircraft.points import AircraftPoints
from mmsar.simulation.imaging import simulate_looks

EACH = pytest.mark.parametrize('sensor', CHIP_SENSORS.values(), ids=CHIP_SENSORS)
NOTHING = {'apron_db': -300.0, 'grass_db': -300.0, 'body_db': -300.0}


def rng(*seed):
    return np.random.default_rng(seed)


def point_scene(rcs=1.0):
    """Return a scene of one point in the middle, or none, on a perfectly dark ground."""
    scene = draw_scene('F-16', rng(0), heading=0.0)
    frame = scene.aircraft.airframe
    one = np.ones(1)
    points = AircraftPoints(
        0 * one, 0 * one, frame.height * one, rcs * one, 0 * one, np.nan * one, one
    )
    aircraft = replace(scene.aircraft, points=points, east=0.0, south=0.0)
    airfield = Airfield(np.zeros((0, 2)), np.zeros((0, 3)), np.zeros(2))
    return replace(scene, aircraft=aircraft, airfield=airfield)


def cuts(sensor, fine=16):
    """Return the intensity of a point along rows and columns, finely sampled, and the spacing."""
    dark = replace(sensor, nesz_db=-300.0, **NOTHING)
    spacing = sensor.resolution / fine
    chip = simulate_chip(point_scene(), dark, rng(1), 385, spacing).astype(float) ** 2
    assert np.unravel_index(chip.argmax(), chip.shape) == (192, 192)
    return chip[:, 192], chip[192], spacing


@EACH
def test_half_power_width_is_the_resolution(sensor):
    *profiles, spacing = cuts(sensor)
    for profile in profiles:
        profile = profile / profile.max()
        sides = [
            np.interp(-0.5, -side, np.arange(side.size) * spacing)
            for side in (profile[192:230], profile[192:154:-1])
        ]
        assert sum(sides) == pytest.approx(sensor.resolution, rel=0.03)


@EACH
def test_sidelobes_are_those_of_the_window(sensor):
    # The plain transform of the window, finely.
    weights = windows.taylor(256, nbar=4, sll=35) if sensor.window == 'taylor' else np.ones(256)
    expected = _peak_sidelobe(np.abs(np.fft.fft(weights, 16384))[:1024] ** 2)
    assert expected == pytest.approx({'taylor': -35, 'rect': -13.26}[sensor.window], abs=0.4)
    *profiles, _ = cuts(sensor)
    for profile in profiles:
        assert _peak_sidelobe(profile[192:]) == pytest.approx(expected, abs=0.7)


def _peak_sidelobe(half):
    """Return the highest sidelobe of one half of a response, in dB from its peak."""
    first = np.flatnonzero(np.diff(half) > 0)[0]
    return 10 * np.log10(half[first:].max() / half[0])


@EACH
def test_equivalent_number_of_looks(sensor):
    factor = sensor.oversampling(1.2)
    looks = simulate_looks(np.ones((400 * factor,) * 2), None, sensor.sampled(1.2), rng(2))
    intensity = np.mean(np.abs(looks.astype(complex)) ** 2, 0)[::factor, ::factor]
    assert intensity.mean() ** 2 / intensity.var() == pytest.approx(sensor.looks, rel=0.05)


@EACH
def test_noise_of_a_chip_has_the_stated_level_and_looks(sensor):
    chip = simulate_chip(point_scene(rcs=1e-30), replace(sensor, **NOTHING), rng(3), 400)
    intensity = chip.astype(float) ** 2
    assert 10 * np.log10(intensity.mean()) == pytest.approx(sensor.nesz_db, abs=0.1)
    assert intensity.mean() ** 2 / intensity.var() == pytest.approx(sensor.looks, rel=0.05)


@EACH
def test_ground_is_calibrated_to_sigma_nought(sensor):
    quiet = replace(sensor, nesz_db=-300.0, body_db=sensor.apron_db)
    scene = point_scene(rcs=1e-30)
    chip = simulate_chip(scene, quiet, rng(4), 256)[:, :64]  # far from the shadow
    assert 10 * np.log10((chip.astype(float) ** 2).mean()) == pytest.approx(quiet.apron_db, abs=0.4)


@EACH
def test_pixels_are_samples_of_the_fine_image(sensor):
    """A point between two pixels is equally strong in both, whatever the oversampling."""
    dark = replace(sensor, nesz_db=-300.0, **NOTHING)
    chip = simulate_chip(point_scene(), dark, rng(5), 64)
    middle = chip[31:33, 31:33]
    np.testing.assert_allclose(middle, middle[0, 0], rtol=1e-3)
    assert chip.max() == pytest.approx(middle[0, 0], rel=1e-3)


def test_sensors_differ_as_stated():
    x, c = X_BAND_1M, C_BAND_3M
    assert (x.band, c.band) == ('X', 'C')
    assert c.resolution == 3 * x.resolution
    assert c.looks > x.looks
    assert c.nesz_db > x.nesz_db
    assert x.grass_db - x.apron_db > c.grass_db - c.apron_db
    assert x.oversampling(1.2) == 2
    assert c.oversampling(1.2) == 1
    for sensor in (x, c):
        sampled = sensor.sampled(1.2)
        assert sampled.pixel_spacing * sensor.oversampling(1.2) == 1.2
        assert sampled.pixel_spacing <= 1 / sensor.bandwidth
    # 0.886 of the inverse bandwidth without a window.
    assert half_power_width('rect') == pytest.approx(0.8859, abs=1e-3)
    assert 1.15 < half_power_width('taylor') < 1.25


@pytest.mark.parametrize('size', [90, 96, 160, 161])
def test_band_is_exact_on_small_grids(size):
    sampled = C_BAND_3M.sampled(1.2)
    transfer = sampled.transfer((size, size)).astype(float)
    assert (transfer**2).mean() == pytest.approx(1, rel=1e-3)
    share = transfer.sum(0).max() / transfer.max() / size
    assert share == pytest.approx(1.2 * C_BAND_3M.bandwidth, rel=0.001)
    np.testing.assert_allclose(transfer[0, 1:], transfer[0, :0:-1])


def test_both_sensors_see_one_scene():
    """Blurred to one resolution, both images of a pair show the aircraft at the same place."""
    from scipy.ndimage import gaussian_filter

    hits = 0
    for seed in range(6):
        scene = draw_scene('Boeing-747', rng(6, seed))
        first, second = (
            gaussian_filter(np.log(simulate_chip(scene, s, rng(7, seed, s.looks))), 2.5)
            for s in (X_BAND_1M, C_BAND_3M)
        )
        other = simulate_chip(draw_scene('Boeing-747', rng(8, seed)), C_BAND_3M, rng(9, seed))
        other = gaussian_filter(np.log(other), 2.5)
        same, different = (np.corrcoef(first.ravel(), v.ravel())[0, 1] for v in (second, other))
        assert same > 0.6
        hits += same > different
    assert hits == 6
