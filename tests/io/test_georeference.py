"""Longitude and latitude of pixels, against closed forms."""

import numpy as np
import pytest
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.rpc import RPC

from mmsar.io import RasterMeta, open_raster, write_raster
from mmsar.io.georeference import metres

RADIUS = 6_371_000.0


def slant(columns, rows, lon0=8.0, lat0=54.0, step=10.0):
    """Place pixels on a sphere, along a track to the north-north-west and across it."""

    def go(lon, lat, bearing, distance):
        arc = distance / RADIUS
        north = np.arcsin(np.sin(lat) * np.cos(arc) + np.cos(lat) * np.sin(arc) * np.cos(bearing))
        turn = np.arctan2(
            np.sin(bearing) * np.sin(arc) * np.cos(lat), np.cos(arc) - np.sin(lat) * np.sin(north)
        )
        return lon + turn, north

    track = np.radians(-12.0)
    lon, lat = go(np.radians(lon0), np.radians(lat0), track, np.asarray(rows) * step)
    lon, lat = go(lon, lat, track + np.pi / 2, np.asarray(columns) * step)
    return (np.degrees(lon) + 180) % 360 - 180, np.degrees(lat)


def write_with_points(path, shape, points, **settings):
    table = [GroundControlPoint(r, c, *map(float, slant(c, r, **settings))) for r, c in points]
    with rasterio.open(
        path, 'w', driver='GTiff', height=shape[0], width=shape[1], count=1, dtype='uint8',
        gcps=table, crs='EPSG:4326',
    ) as file:  # fmt: skip
        file.write(np.ones((1, *shape), np.uint8))


@pytest.mark.parametrize('lon0', [8.0, 179.95])
def test_control_points_of_a_grid(tmp_path, lon0):
    """As Sentinel-1 has them; over the antimeridian, too."""
    grid = [(r, c) for r in np.linspace(0, 900, 7) for c in np.linspace(0, 1200, 9)]
    write_with_points(tmp_path / 'a.tif', (900, 1200), grid, lon0=lon0)
    rng = np.random.default_rng(0)
    columns, rows = rng.uniform(0, 1200, 50), rng.uniform(0, 900, 50)
    with open_raster(tmp_path / 'a.tif') as raster:
        found = raster.georeference().lonlat(columns, rows)
    error = metres(*found, *slant(columns, rows, lon0))
    assert error.max() < 0.01  # of 10 m
    assert np.abs(found[0]).max() <= 180


def test_control_points_anywhere(tmp_path):
    rng = np.random.default_rng(1)
    points = [(float(r), float(c)) for r, c in rng.uniform(0, 500, (30, 2))]
    write_with_points(tmp_path / 'a.tif', (500, 500), points)
    with open_raster(tmp_path / 'a.tif') as raster:
        found = raster.georeference().lonlat([100.0, 250.5], [100.0, 300.0])
    assert metres(*found, *slant([100.0, 250.5], [100.0, 300.0])).max() < 2


def test_rational_polynomials(tmp_path):
    """Linear ones, whose inverse is known; a height moves the place."""

    def polynomial(*terms):
        return [*terms, *[0.0] * (20 - len(terms))]

    rpc = RPC(
        height_off=0.0, height_scale=100.0, lat_off=50.0, lat_scale=0.1, line_off=100.0,
        line_scale=100.0, long_off=10.0, long_scale=0.2, samp_off=200.0, samp_scale=200.0,
        line_den_coeff=polynomial(1.0), samp_den_coeff=polynomial(1.0),
        line_num_coeff=polynomial(0.0, 0.0, -1.0), samp_num_coeff=polynomial(0.0, 1.0, 0.0, 0.5),
        err_bias=0.0, err_rand=0.0,
    )  # fmt: skip
    with rasterio.open(
        tmp_path / 'a.tif', 'w', driver='GTiff', height=200, width=400, count=1, dtype='uint8',
        rpcs=rpc,
    ) as file:  # fmt: skip
        file.write(np.ones((1, 200, 400), np.uint8))
    with open_raster(tmp_path / 'a.tif') as raster:
        lon, lat = raster.georeference().lonlat([100.0, 300.0], [50.0, 50.0])
        high, _ = raster.georeference(height=100.0).lonlat([100.0], [50.0])
    # RPC count from the centre of the first pixel; a pixel is 0.001 degrees.
    np.testing.assert_allclose(lat, 50.05, atol=0.00051)
    np.testing.assert_allclose(lon, [9.9, 10.1], atol=0.00051)
    np.testing.assert_allclose(high - lon[0], -0.1, atol=1e-6)


def test_maps_and_none(tmp_path):
    meta = RasterMeta((4, 4, 1), '', crs='EPSG:32632', transform=(10, 0, 5e5, 0, -10, 0))
    write_raster(tmp_path / 'a.tif', np.ones((4, 4), np.uint8), meta)
    write_raster(tmp_path / 'b.tif', np.ones((4, 4), np.uint8))
    with open_raster(tmp_path / 'a.tif') as raster:
        lon, lat = raster.georeference().lonlat([[0.0], [100.0]], [[0.0], [0.0]])
    # The central meridian of zone 32 on the equator; 1 km of the map is 1000 m / 0.9996 there.
    np.testing.assert_allclose(lon[:, 0], [9, 9 + 1000 / 0.9996 / 111_319.49], atol=1e-8)
    np.testing.assert_allclose(lat, 0, atol=1e-12)
    assert metres(*(lon[0], lat[0]), lon[1], lat[1])[0] == pytest.approx(1000 / 0.9996, abs=0.01)
    with open_raster(tmp_path / 'b.tif') as raster:
        assert raster.georeference() is None


def test_distances_on_the_ellipsoid():
    """The length of a degree: 111.320 km and 110.574 km at the equator, 111.694 km at the pole."""
    assert metres(0.0, 0.0, 1.0, 0.0) == pytest.approx(111_319.5, abs=1)
    assert metres(0.0, -0.5, 0.0, 0.5) == pytest.approx(110_574.3, abs=1)
    assert metres(0.0, 89.0, 0.0, 90.0) == pytest.approx(111_694, abs=1)
    assert metres(179.9, 0.0, -179.9, 0.0) == pytest.approx(22_263.9, abs=1)
