"""Phase history and images of inverse SAR against closed forms."""

import numpy as np
import pytest

from mmsar.errors import ConfigError, DataError
from mmsar.evaluation.restoration.point_scores import sidelobe_ratios, width_3db
from mmsar.simulation.isar import (
    ISARRadar,
    SceneSpectrum,
    add_noise,
    form_image,
    move,
    phase_history,
    pixel_axis,
    polar_spectrum,
    range_doppler_spectrum,
    residual_motion,
)
from mmsar.simulation.sensor import SPEED_OF_LIGHT

RADAR = ISARRadar(10e9, 1.0e9, 3.0, 48, 60)


def points(x, y, amplitudes=None, radar=RADAR):
    x, y = np.atleast_1d(x).astype(float), np.atleast_1d(y).astype(float)
    return phase_history(x, y, np.ones(len(x)) if amplitudes is None else amplitudes, radar)


def narrow(x, y, **settings):
    """Return the spectrum of points for so small an aperture that a plain transform is exact."""
    radar = ISARRadar(10e9, **{'bandwidth': 1e6, 'aperture': 1e-3, **settings})
    values = points(x, y, radar=radar)
    return range_doppler_spectrum(values, radar), radar


def test_phase_history_is_the_sum():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-3, 3, (2, 7))
    a = rng.normal(size=7) + 1j * rng.normal(size=7)
    found = phase_history(x, y, a, RADAR)
    f, theta = 10e9 + (np.arange(48) - 23.5) * 1e9 / 48, np.radians((np.arange(60) - 29.5) * 0.05)
    expected = np.zeros((48, 60), complex)
    for i, j in ((0, 0), (47, 59), (20, 3), (31, 44)):
        phase = 4 * np.pi * f[i] / SPEED_OF_LIGHT
        expected[i, j] = sum(
            a[n] * np.exp(-1j * phase * (x[n] * np.cos(theta[j]) + y[n] * np.sin(theta[j])))
            for n in range(7)
        )
        assert found[i, j] == pytest.approx(expected[i, j], abs=1e-9)
    fast = phase_history(x, y, a, RADAR, np.complex64)
    assert fast.dtype == np.complex64
    assert np.abs(fast - found).max() < 1e-5 * np.abs(found).max()


@pytest.mark.parametrize('axis', [0, 1])
@pytest.mark.parametrize(
    ('window', 'factor'), [('none', 0.886), ('hamming', 1.30), ('taylor', 1.19)]
)
def test_width_of_a_point(axis, window, factor):
    spectrum, radar = narrow(0.0, 0.0, frequencies=48, angles=60)
    fine = [48, 60]
    fine[axis] *= 32
    image = np.abs(form_image(spectrum, tuple(fine), window))
    line = image[:, image.max(0).argmax()] if axis == 0 else image[image.max(1).argmax()]
    width = width_3db(line) * spectrum.extent[axis] / fine[axis]
    assert width == pytest.approx(factor * radar.resolution[axis], rel=0.02)
    if window == 'none':
        peak, integrated = sidelobe_ratios(line)
        assert peak == pytest.approx(-13.26, abs=0.1)
        assert integrated == pytest.approx(-9.7, abs=0.3)


@pytest.mark.parametrize('scale', [1, 2, 3, 4])
def test_peaks_lie_at_their_pixels_and_keep_their_amplitude(scale):
    size = (96, 120)
    wide, _ = narrow(0, 0, frequencies=48, angles=72)
    places = [pixel_axis(wide.extent[axis], size[axis] // scale) for axis in (0, 1)]
    row, column = size[0] // scale // 3, size[1] // scale // 4
    spectrum, _ = narrow(places[0][row], places[1][column], frequencies=48, angles=72)
    image = form_image(spectrum.central(scale), (size[0] // scale, size[1] // scale))
    assert np.unravel_index(np.abs(image).argmax(), image.shape) == (row, column)
    assert abs(image[row, column]) == pytest.approx(1, abs=1e-3)
    # Even numbers of pixels: the origin lies between the two in the middle.
    middle = np.abs(form_image(narrow(0, 0, frequencies=48, angles=72)[0].central(scale), size))
    assert middle[47, 59] == pytest.approx(middle[48, 60], rel=1e-6)


@pytest.mark.parametrize('scale', [2, 3, 4])
def test_resolutions_show_a_point_at_the_same_place(scale):
    spectrum, _ = narrow(3.21, -5.43, frequencies=48, angles=72, bandwidth=1.5e8, aperture=0.1)
    centres = []
    for part, factor in ((spectrum, 1), (spectrum.central(scale), scale)):
        image = np.abs(form_image(part, (96 // factor, 144 // factor), 'hamming')) ** 4
        rows, columns = np.indices(image.shape)
        centre = [(grid * image).sum() / image.sum() for grid in (rows, columns)]
        centres.append([(c + 0.5) * factor - 0.5 for c in centre])
    assert np.abs(np.subtract(*centres)).max() < 0.05


def test_energy_is_that_of_the_samples():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(36, 48)) + 1j * rng.normal(size=(36, 48))
    spectrum = SceneSpectrum(values, (0.1, 0.1))
    energy = np.square(np.abs(values)).sum()
    for size in ((36, 48), (45, 80)):
        image = form_image(spectrum, size)
        # An image of N pixels of a point of amplitude 1 is scaled by 1 / samples.
        share = image.size / values.size
        assert np.square(np.abs(image)).sum() * values.size / share == pytest.approx(energy)
    means = [
        np.square(np.abs(form_image(part, level='energy'))).mean()
        for part in (spectrum, spectrum.central(2))
    ]
    assert means[1] == pytest.approx(means[0], rel=0.2)
    single = form_image(SceneSpectrum(values.astype(np.complex64), (0.1, 0.1)), window='taylor')
    assert single.dtype == np.complex64


def test_polar_format_removes_migration():
    radar = ISARRadar(10e9, 2e9, 6.0, 120, 120)
    places = np.array([[0, 0], [2.0, 2.6], [-2.2, -2.4]])
    blurred, sharp = [], []
    for x, y in places:
        history = points(x, y, radar=radar)
        plain = range_doppler_spectrum(history, radar)
        polar = polar_spectrum(history, radar)
        for spectrum, found in ((plain, blurred), (polar, sharp)):
            image = np.abs(form_image(spectrum, (513, 513)))
            found.append(image.max())
        rows = (np.arange(513) - 256) * polar.extent[0] / 513
        columns = (np.arange(513) - 256) * polar.extent[1] / 513
        row, column = np.unravel_index(image.argmax(), image.shape)
        assert rows[row] == pytest.approx(x, abs=0.51 * (rows[1] - rows[0]))
        assert columns[column] == pytest.approx(y, abs=0.51 * (columns[1] - columns[0]))
        line = image[:, column]
        width = width_3db(line) * polar.extent[0] / 513
        assert width == pytest.approx(0.886 * polar.resolution[0], rel=0.02)
    # 2.6 m off the middle, range changes by 0.27 m, of which a cell has 0.075.
    assert blurred[0] == pytest.approx(1, abs=0.02)
    assert max(blurred[1:]) < 0.5
    assert min(sharp) > 0.95  # the peak lies between pixels
    # A little coarser than the radar: the rectangle lies inside of the sector.
    for found, best in zip(polar.resolution, radar.resolution, strict=True):
        assert best < found < 1.35 * best


def test_noise_has_the_power_that_is_asked_for():
    history = points([0.3, -1.0], [0.4, 0.8])
    noisy = add_noise(history, 10.0, np.random.default_rng(0))
    power = np.square(np.abs(history)).mean() / np.square(np.abs(noisy - history)).mean()
    assert 10 * np.log10(power) == pytest.approx(10, abs=0.2)
    again = add_noise(history, 10.0, np.random.default_rng(0))
    np.testing.assert_array_equal(noisy, again)
    with pytest.raises(DataError, match='no scatterer is seen'):
        add_noise(np.zeros((4, 4), complex), 10.0, np.random.default_rng(0))


def test_residual_motion():
    rng = np.random.default_rng(0)
    assert not residual_motion(RADAR).any()
    distance = residual_motion(RADAR, quadratic=4.0)
    assert distance[0] == pytest.approx(4 * RADAR.wavelength / (4 * np.pi))
    history = points(0.5, 0.5)
    shifted = move(history, RADAR, np.full(60, 0.7))
    np.testing.assert_allclose(
        np.abs(form_image(range_doppler_spectrum(points(1.2, 0.5), RADAR))),
        np.abs(form_image(range_doppler_spectrum(shifted, RADAR))),
        atol=0.02,
    )
    peaks = [
        np.abs(form_image(range_doppler_spectrum(move(history, RADAR, error), RADAR), (96, 120)))
        for error in (0 * distance, distance, residual_motion(RADAR, jitter=1.0, generator=rng))
    ]
    assert peaks[1].max() < 0.75 * peaks[0].max()
    assert peaks[2].max() == pytest.approx(peaks[0].max() * np.exp(-0.5), rel=0.2)


def test_what_does_not_fit():
    for settings, message in (
        ({'bandwidth': 2e10}, 'bandwidth=2e.10 must be above zero and below'),
        ({'aperture': 0}, 'aperture=0 must be degrees'),
        ({'angles': 1}, 'angles=1; give two'),
    ):
        with pytest.raises(ConfigError, match=message):
            ISARRadar(**{'centre_frequency': 1e10, 'bandwidth': 1e9, 'aperture': 3, **settings})
    with pytest.raises(ConfigError, match=r'frequencies=136 has no central part at scale=3.*135'):
        ISARRadar().central(3)
    assert ISARRadar().central(2).resolution == pytest.approx(
        [2 * cell for cell in ISARRadar().resolution]
    )
    spectrum = SceneSpectrum(np.ones((30, 30), complex), (0.1, 0.1))
    with pytest.raises(
        ConfigError, match=r'range samples of the spectrum.*=30 has no .*scale=4.*24'
    ):
        spectrum.central(4)
    assert spectrum.trimmed(8).values.shape == (24, 24)
    with pytest.raises(ConfigError, match='size=20 x 30 pixels cannot hold'):
        form_image(spectrum, (20, 30))
    with pytest.raises(ConfigError, match="window='kaiser'"):
        form_image(spectrum, window='kaiser')
    with pytest.raises(ConfigError, match="level='mean'"):
        form_image(spectrum, level='mean')
    with pytest.raises(ConfigError, match='has 30 x 30 samples, and the radar'):
        polar_spectrum(spectrum.values, RADAR)
    with pytest.raises(ConfigError, match='too wide for'):
        polar_spectrum(points(0, 0, radar=(r := ISARRadar(1e10, 1e8, 60, 48, 48))), r)
    with pytest.raises(ConfigError, match='taps=5 must be even'):
        polar_spectrum(points(0, 0), RADAR, taps=5)
