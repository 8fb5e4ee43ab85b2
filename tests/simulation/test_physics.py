"""Statistics and geometry of the simulation against closed forms."""

import numpy as np
import pytest

from mmsar.simulation import Scatterers, Sensor, gamma_texture, multilook, sea, simulate_looks
from mmsar.simulation.sensor import SPEED_OF_LIGHT, band_window

RECT = {'window': 'rect', 'nesz_db': -300.0}


def rng(seed=0):
    return np.random.default_rng(seed)


def point(sensor, row=64.0, column=64.0, rcs=1.0, size=128):
    target = Scatterers(*(np.array([float(v)]) for v in (row, column, rcs)))
    return simulate_looks(np.full((size, size), 1e-30), target, sensor, rng())


def width(profile):
    """Return the width of the main lobe at half power, in samples."""
    peak = int(profile.argmax())
    half = profile[peak] / 2
    left = peak - np.argmax(profile[peak::-1] < half)
    right = peak + np.argmax(profile[peak:] < half)
    left += (half - profile[left]) / (profile[left + 1] - profile[left])
    right -= (half - profile[right]) / (profile[right - 1] - profile[right])
    return right - left


@pytest.mark.parametrize('looks', [1, 3, 8])
def test_equivalent_number_of_looks(looks):
    sensor = Sensor(looks=looks, nesz_db=-300)
    intensity = multilook(simulate_looks(np.ones((400, 400)), None, sensor, rng()))
    assert intensity.mean() == pytest.approx(1, rel=0.02)
    assert intensity.mean() ** 2 / intensity.var() == pytest.approx(looks, rel=0.05)


@pytest.mark.parametrize('order', [1.5, 4.0])
def test_shape_of_k_distributed_clutter(order):
    texture = np.concatenate([gamma_texture((512, 512), order, 8.0, rng(s)) for s in range(8)])
    assert texture.mean() == pytest.approx(1, rel=0.03)
    assert 1 / texture.var() == pytest.approx(order, rel=0.1)
    looks = 3
    sensor = Sensor(looks=looks, nesz_db=-300)
    samples = []
    for seed in range(8):
        part = texture[512 * seed : 512 * (seed + 1)]
        samples.append(multilook(simulate_looks(part, None, sensor, rng(seed))).astype(float))
    intensity = np.stack(samples)
    # K distribution: <I^2> / <I>^2 = (1 + 1 / order) (1 + 1 / looks)
    moment = (intensity**2).mean() / intensity.mean() ** 2
    estimate = 1 / (moment / (1 + 1 / looks) - 1)
    # That of this sample of the texture; the whole distribution's is checked above.
    assert estimate == pytest.approx(texture.mean() ** 2 / texture.var(), rel=0.06)


@pytest.mark.parametrize('resolution', [3.0, 5.0])
@pytest.mark.parametrize('axis', [0, 1])
def test_width_of_a_point_is_0886_of_the_resolution(axis, resolution):
    name = ('azimuth_resolution', 'range_resolution')[axis]
    sensor = Sensor(pixel_spacing=2.0, looks=1, **RECT, **{name: resolution})
    image = point(sensor, size=256, row=128, column=128)[0]
    fine = 32
    # Exact interpolation: zeros around the spectrum of the line through the point.
    line = np.fft.fftshift(np.fft.fft(image[:, 128] if axis == 0 else image[128]))
    padded = np.pad(line, (256 * (fine - 1)) // 2)
    profile = np.abs(np.fft.ifft(np.fft.ifftshift(padded))) ** 2
    assert width(profile) / fine * 2.0 == pytest.approx(0.886 * resolution, rel=0.02)


def test_peak_of_a_point_is_its_rcs_over_the_cell():
    sensor = Sensor(
        range_resolution=5.0, azimuth_resolution=4.0, pixel_spacing=2.0, looks=1, **RECT
    )
    image = multilook(point(sensor, rcs=50.0))
    assert np.unravel_index(image.argmax(), image.shape) == (64, 64)
    assert image.max() == pytest.approx(50 / (5 * 4), rel=0.05)


def test_points_lie_between_pixels_where_they_are_put():
    sensor = Sensor(pixel_spacing=1.5, looks=1, **RECT)
    image = multilook(point(sensor, row=60.25, column=70.7))
    rows, columns = np.mgrid[-3:4, -3:4]
    patch = image[57:64, 68:75]
    assert (rows * patch).sum() / patch.sum() + 60 == pytest.approx(60.25, abs=0.1)
    assert (columns * patch).sum() / patch.sum() + 71 == pytest.approx(70.7, abs=0.1)


@pytest.mark.parametrize(
    ('window', 'sidelobe'), [('rect', -13.3), ('hamming', -40), ('taylor', -33)]
)
def test_sidelobes_follow_the_window(window, sidelobe):
    spectrum = band_window(512, 0.25, window)
    response = np.abs(np.fft.fftshift(np.fft.ifft(np.pad(np.fft.fftshift(spectrum), 512 * 8))))
    decibels = 20 * np.log10(response / response.max() + 1e-12)
    peak = decibels.argmax()
    after = decibels[peak:]
    first_zero = np.argmax(np.diff(after) > 0)
    assert after[first_zero:].max() <= sidelobe + 0.5


def test_noise_floor():
    sensor = Sensor(nesz_db=-20, looks=4)
    image = multilook(simulate_looks(np.zeros((256, 256)), None, sensor, rng()))
    assert 10 * np.log10(image.mean()) == pytest.approx(-20, abs=0.1)


def test_nothing_enters_from_the_opposite_side():
    sensor = Sensor(looks=1, **RECT)
    image = multilook(point(sensor, row=1, column=64))
    assert image[-8:].max() < 1e-3 * image[:8].max()


def test_bandwidth_and_wavelength():
    sensor = Sensor(band='X', range_resolution=1.0, pixel_spacing=0.5, incidence=30)
    assert sensor.bandwidth == pytest.approx(SPEED_OF_LIGHT)  # c / (2 * 1 m * sin 30 deg)
    assert sensor.wavelength == pytest.approx(0.0311, rel=0.01)


def test_mean_of_the_sea():
    levels = [10 * np.log10(sea((256, 256), -14.0, 4.0, rng(s)).mean()) for s in range(20)]
    assert np.mean(levels) == pytest.approx(-14, abs=0.4)


@pytest.mark.parametrize(
    'options',
    [
        {'band': 'Q'},
        {'window': 'hann'},
        {'looks': 0},
        {'incidence': 90},
        {'pixel_spacing': 4.0},
    ],
)
def test_impossible_sensors_are_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Sensor(**options)


def test_same_seed_same_bytes():
    images = [multilook(simulate_looks(np.ones((64, 64)), None, Sensor(), rng(3))) for _ in 'ab']
    assert images[0].tobytes() == images[1].tobytes()
