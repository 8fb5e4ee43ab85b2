"""Super-resolution of files, from the command line and in Python."""

from pathlib import Path

import numpy as np
import pytest
import super_resolve
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from PIL import Image
from toy_bridge import ROOT
from toy_isar import satellite
from toy_runs import write_config

from mmsar.apis import SuperResolver, load_config
from mmsar.errors import CheckpointError, ConfigError, DataError
from mmsar.io import RasterMeta, read_raster, write_raster
from mmsar.registry import DATASETS, MODELS

TINY = ROOT / 'configs' / 'ssnet' / 'ssnet-tiny_x2_1xb8-3k_isar.py'
SMALL = {'model': {'generator': {'num_groups': 1}}}
STRETCHES = {
    'db': {'rule': 'db', 'low': 0.0, 'high': 60.0, 'out': (0.0, 1.0)},
    'fixed': {'rule': 'fixed', 'low': 0.0, 'high': 3000.0, 'out': (0.0, 1.0)},
    'percentile': {'rule': 'percentile', 'low': 0, 'high': 100, 'out': (0.0, 1.0)},
}


def make(folder, rule='8bit', random=False, domain='amplitude', **settings):
    """Write a config and a checkpoint; a network that is not random enlarges bilinearly."""
    text = write_config(folder / 'config' / f'{rule}.py', TINY, **{**SMALL, **settings})
    if rule != '8bit':
        load = [
            {'type': 'mmsar.LoadSARImage', 'key': 'gt', 'channels': 1, 'domain_in': domain},
            {'type': 'mmsar.StretchSAR', 'key': 'img', **STRETCHES[rule]},
        ]
        with text.open('a') as file:
            file.write(f'\ntest_dataloader = dict(dataset=dict(pipeline={load!r}))\n')
    config = load_config(text)
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    if random:
        for parameter in model.parameters():
            if parameter.ndim == 1:
                torch.nn.init.normal_(parameter, std=0.2)
    else:
        torch.nn.init.zeros_(model.generator.conv_up.weight)
        torch.nn.init.zeros_(model.generator.conv_up.bias)
    weights = folder / f'{rule}.pth'
    meta = {'cfg': config.pretty_text}
    torch.save({'state_dict': model.state_dict(), 'meta': meta}, weights)
    return text, weights


def bilinear(image, scale=2):
    pixels = torch.as_tensor(np.asarray(image, np.float32))[None, None]
    large = torch.nn.functional.interpolate(pixels, scale_factor=scale, mode='bilinear')
    return large[0, 0].numpy()


def test_the_tool_on_a_folder(tmp_path, capsys):
    _, weights = make(tmp_path)
    (tmp_path / 'in').mkdir()
    for number, size in enumerate((48, 37)):
        Image.fromarray(satellite(number, size)).save(tmp_path / 'in' / f'{number}.png')
    arguments = [str(tmp_path / 'in'), '--out', str(tmp_path / 'out')]
    super_resolve.main([*arguments, '--checkpoint', str(weights), '--tile', '32'])
    assert '74 x 74, 1 bands, uint8' in capsys.readouterr().out
    array, meta = read_raster(tmp_path / 'out' / '1.png')
    assert meta.dtype == 'uint8'
    np.testing.assert_allclose(array[..., 0], bilinear(satellite(1, 37)), atol=0.51)
    picture = np.asarray(Image.open(tmp_path / 'out' / '0_beside.png'))
    assert picture.ndim == 3
    assert picture.std() > 10


def test_no_image_is_replaced_and_no_result(tmp_path):
    for name in ('a.png', 'a.npy', 'b/a_beside.png'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    there = str(tmp_path / 'b' / '..')
    for names, more, message in (
        (['a.png'], ['--out', there], 'would replace an image of the input'),
        (['a.png', 'b/a_beside.png'], ['--out', there + '/b', '--format', 'npy'], 'would replace'),
        (['a.png', 'a.npy'], ['--out', there, '--format', 'tif'], r'both be written to .*a\.tif'),
        (['a.png', 'a.npy'], ['--out', there + '/c'], r'both .*a_beside\.png.* --no-pictures'),
        (['a.png', 'b/a_beside.png'], ['--out', there + '/c'], r'both .*a_beside\.png'),
    ):
        with pytest.raises(ConfigError, match=message):
            super_resolve.main([*(str(tmp_path / n) for n in names), *more, '--checkpoint', 'x'])


@pytest.mark.parametrize('rule', ['db', 'fixed', 'percentile'])
def test_a_geotiff_keeps_units_place_and_spacing(tmp_path, rule):
    config, weights = make(tmp_path, rule)
    values = np.random.default_rng(0).gamma(4, 250, (60, 44)).clip(1, 999).astype(np.float32)
    values[10:14, 20] = -9999
    meta = RasterMeta(
        (60, 44, 1), '', domain='amplitude', nodata=-9999, crs='EPSG:32632',
        transform=(10, 0, 500000, 0, -8, 6000000),
    )  # fmt: skip
    write_raster(tmp_path / 'a.tif', values, meta)
    resolver = SuperResolver(config, weights, tile=32)
    resolver.file(tmp_path / 'a.tif', tmp_path / 'out.tif')
    array, found = read_raster(tmp_path / 'out.tif')
    assert array.shape == (120, 88, 1)
    assert found.transform == (5, 0, 500000, 0, -4, 6000000)
    assert (found.pixel_spacing, found.domain) == ((4, 5), 'amplitude')
    assert (array[20:28, 40:42] == -9999).all()
    assert int((array == -9999).sum()) == 16
    # Far from what is missing, in decibels or not, a bilinear enlargement of the file's values.
    part = slice(40, None)
    if rule == 'db':
        expected = 10 ** (bilinear(20 * np.log10(values.clip(1))) / 20)
    else:
        expected = bilinear(values)
    np.testing.assert_allclose(array[part, :, 0], expected[part], rtol=2e-3)


def test_arrays_stacks_and_bands(tmp_path):
    config, weights = make(tmp_path, 'fixed', random=True)
    resolver = SuperResolver(config, weights)
    images = np.random.default_rng(1).gamma(2, 300, (3, 24, 20)).astype(np.float32)
    stack = resolver.stack(images)
    assert stack.shape == (3, 48, 40)
    for image, result in zip(images, stack, strict=True):
        np.testing.assert_allclose(resolver(image), result, rtol=1e-5)
    # Each band of a file goes through a network of one channel by itself.
    np.save(tmp_path / 'a.npy', images.transpose(1, 2, 0))
    resolver.file(tmp_path / 'a.npy', tmp_path / 'b.npy')
    np.testing.assert_allclose(np.load(tmp_path / 'b.npy').transpose(2, 0, 1), stack, rtol=1e-4)
    # Intensities come back as such.
    config, weights = make(tmp_path / 'i', 'fixed')
    options = {'test_dataloader.dataset.pipeline.0.domain_out': 'amplitude',
               'test_dataloader.dataset.pipeline.0.domain_in': 'intensity'}  # fmt: skip
    squares = SuperResolver(config, weights, options=options)(images[0] ** 2)
    np.testing.assert_allclose(squares, bilinear(images[0].clip(0, 3000)) ** 2, rtol=1e-3)
    with pytest.raises(DataError, match=r'a stack is \(N, H, W\)'):
        resolver.stack(images[0])


def test_a_stack_in_a_file(tmp_path, capsys):
    _, weights = make(tmp_path)
    images = np.stack([satellite(number, 20) for number in range(3)])[:, :, :18]
    np.save(tmp_path / 'in.npy', images)
    arguments = ['--out', str(tmp_path / 'out'), '--checkpoint', str(weights), '--stack']
    super_resolve.main([str(tmp_path / 'in.npy'), *arguments])
    assert '3 images of 36 x 40, uint8' in capsys.readouterr().out
    found = np.load(tmp_path / 'out' / 'in.npy')
    assert (found.shape, found.dtype) == ((3, 40, 36), np.uint8)
    np.testing.assert_allclose(found[2], bilinear(images[2]), atol=0.51)
    np.save(tmp_path / 'flat.npy', images[0])
    with pytest.raises(DataError, match=r'flat\.npy has shape \(20, 18\); a stack is'):
        super_resolve.main([str(tmp_path / 'flat.npy'), *arguments])
    (tmp_path / 'text.npy').write_text('text')
    with pytest.raises(DataError, match=r'text\.npy is no NPY file'):
        super_resolve.main([str(tmp_path / 'text.npy'), *arguments])
    assert [path.name for path in (tmp_path / 'out').iterdir()] == ['in.npy']


def test_tiles_differ_from_the_whole_by_little(tmp_path):
    config, weights = make(tmp_path, 'fixed', random=True)
    image = np.random.default_rng(2).gamma(2, 300, (90, 100)).astype(np.float32)
    whole = SuperResolver(config, weights, tile=128)(image)
    tiled = SuperResolver(config, weights, tile=48, overlap=16)(image)
    detail = (whole - bilinear(image.clip(0, 3000))).std()
    assert np.abs(tiled - whole).max() > 0
    assert (tiled - whole).std() < 0.1 * detail


def test_converted_weights_of_the_network_alone(tmp_path):
    config, weights = make(tmp_path, 'fixed', random=True)
    image = satellite(3).astype(np.float32)
    expected = SuperResolver(config, weights)(image)
    state = torch.load(weights, weights_only=True)['state_dict']
    bare = {name.removeprefix('generator.'): weight for name, weight in state.items()}
    torch.save({'state_dict': bare, 'meta': {}}, tmp_path / 'bare.pth')
    assert np.array_equal(SuperResolver(config, tmp_path / 'bare.pth')(image), expected)
    with pytest.raises(ConfigError, match='has no config stored in it'):
        SuperResolver(None, tmp_path / 'bare.pth')
    bare.pop('conv_up.bias')
    torch.save({'state_dict': bare}, tmp_path / 'less.pth')
    with pytest.raises(CheckpointError, match=r'conv_up\.bias'):
        SuperResolver(config, tmp_path / 'less.pth')
    with pytest.raises(
        ConfigError, match='tile=32, overlap=20; the overlap must be from 0 to half'
    ):
        SuperResolver(config, weights, tile=32, overlap=20)


@pytest.mark.parametrize(
    ('dtype', 'number', 'nodata'),
    [('uint16', 65535, 65535), ('float32', np.inf, None), ('float64', -1.7e308, -1.7e308),
     ('uint16', 0, 0)],
)  # fmt: skip
def test_pixels_without_data_stay_those_and_do_not_spread(tmp_path, dtype, number, nodata):
    resolver = SuperResolver(*make(tmp_path, 'fixed'))
    values = np.random.default_rng(0).integers(1, 500, (20, 24)).astype(dtype)
    values[:, 12:] = 1  # hardly more than nothing: rounds to 0 beside a hole
    hole = np.zeros((20, 24), bool)
    hole[8:12, 10:15] = True
    for name, filler, nothing in (('dark', 0, None), ('hole', number, nodata)):
        values[hole] = filler
        meta = RasterMeta((20, 24, 1), '', domain='amplitude', nodata=nothing)
        write_raster(tmp_path / f'{name}.tif', values, meta)
        resolver.file(tmp_path / f'{name}.tif', tmp_path / f'{name}_out.tif')
    dark, _ = read_raster(tmp_path / 'dark_out.tif')
    found, meta = read_raster(tmp_path / 'hole_out.tif')
    large = hole.repeat(2, 0).repeat(2, 1)
    assert np.array_equal(meta.missing(found[..., 0]), large)
    tolerance = 1 if nodata == 0 else 0  # a valid pixel is not given the number for none
    np.testing.assert_allclose(found[..., 0][~large], dark[..., 0][~large], atol=tolerance)


def test_bands_that_are_chosen_keep_their_names_and_holes(tmp_path):
    config, weights = make(tmp_path, 'fixed')
    resolver = SuperResolver(
        config, weights, options={'test_dataloader.dataset.pipeline.0.bands': [1]}
    )
    values = np.ones((12, 12, 2), np.float32)
    values[2, 3, 0], values[5, 6, 1] = np.nan, np.nan
    meta = RasterMeta((12, 12, 2), '', domain='amplitude', polarisations=('VV', 'VH'))
    write_raster(tmp_path / 'a.tif', values, meta)
    written = resolver.file(tmp_path / 'a.tif', tmp_path / 'b.tif')
    assert written.polarisations == read_raster(tmp_path / 'b.tif')[1].polarisations == ('VH',)
    found = np.argwhere(np.isnan(read_raster(tmp_path / 'b.tif')[0][..., 0]))
    assert found.tolist() == [[10, 12], [10, 13], [11, 12], [11, 13]]


def test_images_that_are_none(tmp_path):
    config, weights = make(tmp_path, 'fixed')
    resolver = SuperResolver(config, weights)
    image = np.ones((6, 5), np.float32)
    image[1, 2] = np.nan
    found = resolver(image)
    assert np.argwhere(np.isnan(found)).tolist() == [[2, 4], [2, 5], [3, 4], [3, 5]]
    for wrong in (image[0], image[None, None], np.array([['a']])):
        with pytest.raises(DataError, match=r'an image is \(H, W\) or \(H, W, C\)'):
            resolver(wrong)
    with pytest.raises(DataError, match=r'its images have shapes \(5, 5\), \(6, 5\)'):
        resolver.stack([image, image[1:]])
    resolver.model.generator.conv_up.bias.data.fill_(np.nan)
    with pytest.raises(DataError, match='its training diverged'):
        resolver(image)


def test_checkpoints_and_configs_in_memory(tmp_path):
    config, weights = make(tmp_path, 'fixed')
    for content in ([1], torch.zeros(2), {1: torch.zeros(2)}):
        torch.save(content, tmp_path / 'odd.pth')
        with pytest.raises(CheckpointError, match=r'odd\.pth holds no weights by name'):
            SuperResolver(config, tmp_path / 'odd.pth')
    loaded = load_config(config)
    resolver = SuperResolver(loaded, weights, options={'model.test_cfg': {'tile': 64}})
    assert resolver.model.test_cfg == {'tile': 64, 'overlap': 16}
    assert 'test_cfg' not in loaded.model


def test_a_network_of_simulated_spacecraft_takes_images_of_any_scale(tmp_path):
    config = load_config(ROOT / 'configs' / 'ssnet' / 'ssnet-tiny_x2_1xb8-5k_spacecraft.py')
    torch.manual_seed(0)
    model = MODELS.build(config.model).eval()
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'a.pth')
    init_default_scope('mmagic')
    pairs = DATASETS.build(config.test_dataloader.dataset)
    (sample,) = model.test_step(pseudo_collate([pairs[5]]))
    relative = pairs.make(5)['img']  # to its peak
    resolver = SuperResolver(config, tmp_path / 'a.pth', tile=72, overlap=0)
    large = resolver(1234 * relative, domain='amplitude')
    low, high = config.decibels
    decibels = low + sample.output.pred_img.data[0].clamp(0, 1).numpy() * (high - low)
    np.testing.assert_allclose(20 * np.log10(large / 1234), decibels, atol=1e-3)
    with pytest.raises(DataError, match='domain_in of LoadSARImage'):
        resolver(relative)
    named = {'file_pipeline.0.domain_in': 'amplitude'}
    told = SuperResolver(config, tmp_path / 'a.pth', tile=72, overlap=0, options=named)
    np.testing.assert_array_equal(told(1234 * relative), large)


def test_a_large_raster_is_not_held_in_memory(tmp_path):
    resolver = SuperResolver(*make(tmp_path), overlap=16)
    resolver.model.restore_tile = lambda x: x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    values = np.add.outer(np.arange(4096), np.arange(4096)).astype(np.uint8)
    write_raster(tmp_path / 'a.tif', values, RasterMeta((4096, 4096, 1), ''))
    before = reset_peak()
    resolver.file(tmp_path / 'a.tif', tmp_path / 'b.tif')
    assert (
        memory('VmHWM') - before < 400
    )  # whole in float32, input and result have 320 MB, sums more
    corner, _ = read_raster(tmp_path / 'b.tif', (7000, 6000, 100, 100))
    assert np.array_equal(corner[::2, ::2, 0], values[3500:3550, 3000:3050])


def memory(which):
    """Return the memory of this process in MB."""
    (line,) = (x for x in Path('/proc/self/status').read_text().splitlines() if which in x)
    return int(line.split()[1]) / 1024


def reset_peak():
    try:
        Path('/proc/self/clear_refs').write_text('5')
    except OSError:
        pytest.skip('this system does not forget the peak of the memory')
    return memory('VmRSS')
