"""Super-resolution with a trained network."""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray
from torch import Tensor

from mmsar.apis.config import load_config
from mmsar.apis.device import require_device
from mmsar.apis.launch import find_checkpoint
from mmsar.apis.restoration.input import OpenInput, RestorationInput
from mmsar.apis.restoration.output import enlarged_meta, mark_missing, written_type
from mmsar.apis.stored_config import read_stored_config
from mmsar.engine.hooks.check_weights import require_all_weights, weights_by_name
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, RowWriter, open_raster
from mmsar.io.raster import ArrayRaster

PathLike = str | os.PathLike[str]
# Rows and columns of a tile where neither the caller nor the config says: full-size SSNet needs
# some 0.5 GB for it.
TILE = 256


class SuperResolver:
    """Enlarges radar images with a trained network, in the units that they come in.

    Values pass through what the config's test pipeline does to them (``LoadSARImage``,
    ``StretchSAR``), and back; the network's range is the window of ``StretchSAR``, so values
    outside of it come out at its ends. Large images are read, restored and written strip by strip.

    Args:
        config: Config file or its content. Default: the one stored in the checkpoint.
        checkpoint: Of the model, a work folder with one, or a URL; or the weights of its network
            alone, as ``tools/model_converters/ssnet.py`` writes them.
        device: Of the network, such as ``cuda``.
        tile: Rows and columns of the tiles, in pixels of the input. Default: the config's
            ``model.test_cfg.tile``, or 256.
        overlap: Of tiles. Default: the config's, or a quarter of a tile.
        ensemble: Mean over eight flips and turns, at eight times the cost. Default: the config's.
        options: As of ``--cfg-options``.

    Attributes:
        scale: How many times larger results are.

    Raises:
        ConfigError: The config is not that of a :class:`mmsar.RadarRestorer`, there is no
            checkpoint or no such device, or a number is out of range.
        CheckpointError: The checkpoint is unreadable or of another model.
    """

    def __init__(
        self,
        config: PathLike | Config | None,
        checkpoint: PathLike,
        device: str = 'cpu',
        tile: int | None = None,
        overlap: int | None = None,
        ensemble: bool | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        from mmengine.registry import MODELS, init_default_scope
        from mmengine.runner import CheckpointLoader

        source = find_checkpoint(str(checkpoint))
        target = require_device(device)
        weights = CheckpointLoader.load_checkpoint(source, map_location='cpu')
        names = weights_by_name(weights, source)
        self.config = _config(config, weights, source, options)
        init_default_scope(self.config.get('default_scope', 'mmagic'))
        self.model = MODELS.build(self.config.model)
        if not hasattr(self.model, 'restore_tile'):
            raise ConfigError(
                f'the model of the config is {type(self.model).__name__}; images are enlarged by '
                'mmsar.RadarRestorer'
            )
        whole = any(name.startswith('generator.') for name in names)
        part = self.model if whole else self.model.generator
        part.load_state_dict(require_all_weights(part, weights, source))
        self.model.to(target).eval()
        self.device = target
        settings = self.model.test_cfg
        if overlap is None and tile is None:
            overlap = settings.get('overlap')
        tile = tile or settings.get('tile') or TILE
        overlap = tile // 4 if overlap is None else overlap
        settings.update(tile=tile, overlap=overlap)
        if ensemble is not None:
            settings['ensemble'] = ensemble
        self.model.tiling()  # checks the numbers
        self.scale = int(self.model.scale)
        self.input = RestorationInput(self.config)

    def __call__(self, image: NDArray[Any], domain: str | None = None) -> NDArray[np.float32]:
        """Enlarge an image in memory.

        Args:
            image: (H, W) or (H, W, C), in the units of the files that the config is for; complex
                values count by their amplitude.
            domain: ``amplitude``, ``intensity`` or ``db``. Default: what the config says.

        Returns:
            (scale * H, scale * W), or with C; float32 in the same units, NaN where the image has no
            number.

        Raises:
            DataError: It is no image, or its values do not fit the config.
        """
        array = np.asarray(image)
        if array.ndim not in (2, 3) or array.dtype.kind not in 'buifc':
            raise DataError(
                f'an image is (H, W) or (H, W, C), of numbers; not {array.dtype} of shape '
                f'{array.shape}'
            )
        settings = {} if domain is None else {'domain': domain}
        opened = self.input.open(ArrayRaster(Path('the image'), array, **settings))
        parts = []
        for _, strip, missing in self._strips(opened):
            mark_missing(strip, missing, None, 'float32')
            parts.append(strip)
        result = np.concatenate(parts)
        return result if array.ndim == 3 else result[..., 0]

    def stack(self, images: NDArray[Any], domain: str | None = None) -> NDArray[np.float32]:
        """Enlarge a stack (N, H, W) of images, one by one; see :meth:`__call__`.

        Raises:
            DataError: It has other dimensions.
        """
        shapes = {np.shape(image) for image in images}
        if len(shapes) != 1 or len(*shapes) != 2:
            listed = ', '.join(map(str, sorted(shapes))) or 'none'
            raise DataError(f'a stack is (N, H, W); its images have shapes {listed}')
        return np.stack([self(image, domain) for image in images])

    def file(
        self,
        path: PathLike,
        out: PathLike,
        picture: PathLike | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> RasterMeta:
        """Enlarge a raster file of any size.

        Args:
            path: See :func:`mmsar.io.open_raster`.
            out: ``.tif`` (keeps domain, geo-reference and pixel spacing, which are those of the
                smaller pixels), ``.npy``, or ``.png`` for 8- and 16-bit integers. uint8 and uint16
                stay what they are, anything else becomes float32.
            picture: PNG file for the middle of the image beside what was made of it.
            progress: Called with the share that is done.

        Returns:
            Description of what was written.
        """
        with open_raster(path, self.input.loader.name) as raster:
            opened = self.input.open(raster)
            rows = raster.meta.shape[0]
            dtype = written_type(raster.meta.dtype)
            meta = enlarged_meta(opened.meta, self.scale, opened.bands, dtype)
            view = _View(raster.meta.shape[:2], self.scale) if picture else None
            with RowWriter(out, meta.shape, dtype, meta) as writer:
                for first, strip, missing in self._strips(opened):
                    if view is not None:
                        view.take(first, strip)
                    mark_missing(strip, missing, meta.nodata, dtype)
                    writer.write(strip)
                    if progress is not None:
                        progress((first + len(strip)) / (rows * self.scale))
            if view is not None and picture is not None:
                low = opened.invert(opened.read(*view.window))
                view.draw(picture, low, opened.domain, Path(path).name)
        return meta

    def stack_file(
        self, path: PathLike, out: PathLike, progress: Callable[[float], None] | None = None
    ) -> RasterMeta:
        """Enlarge an NPY file with a stack (N, H, W), one image after the other.

        Args:
            path: See there.
            out: ``.npy``; types as in :meth:`file`.
            progress: Called with the share that is done.

        Returns:
            Description of what was written, with shape (N, scale * H, scale * W).

        Raises:
            DataError: It is no such file.
        """
        try:
            images = np.load(path, mmap_mode='r', allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise DataError(f'{path} is no NPY file, or truncated: {error}') from None
        if Path(out).suffix != '.npy' or np.ndim(images) != 3 or not images.size:
            raise DataError(
                f'{path} has shape {np.shape(images)}; a stack is (N, H, W), and becomes .npy'
            )
        count, rows, columns = images.shape
        dtype = written_type(str(images.dtype))
        meta = RasterMeta((count, self.scale * rows, self.scale * columns), dtype)
        with RowWriter(out, meta.shape, dtype) as writer:
            for number, image in enumerate(images, 1):
                writer.write(self(image)[None])
                if progress is not None:
                    progress(number / count)
        return meta

    @torch.no_grad()
    def _strips(self, opened: OpenInput) -> Iterator[tuple[int, NDArray[Any], NDArray[Any] | None]]:
        """Yield first row and values of strips of the result, and which of them have no data."""
        from mmsar.models.restoration.tiling import restored_strips

        tiling = self.model.tiling()
        size = opened.raster.meta.shape[:2]
        scale = self.scale
        for first, strip in restored_strips(opened.read, self._restore, size, scale, tiling):
            values = opened.invert(strip)
            missing = opened.missing(first // scale, len(values) // scale)
            if missing is not None:
                missing = missing.repeat(scale, 0).repeat(scale, 1)
            yield first, values, missing

    def _restore(self, image: Tensor) -> Tensor:
        # What is filled up is taken off again: some networks need a multiple of something.
        data = {'inputs': list(image)}
        batch = self.model.data_preprocessor(data)['inputs'].to(self.device)
        rows, columns = (self.scale * side for side in image.shape[-2:])
        result = self.model.restore_tile(batch)[..., :rows, :columns].cpu()
        if not result.isfinite().all():
            raise DataError(
                'the network makes values that are no numbers: its training diverged; take an '
                'earlier checkpoint'
            )
        return result


class _View:
    """The middle of an image, of which a picture is made."""

    SIZE = 192  # rows and columns of the input

    def __init__(self, shape: tuple[int, int], scale: int) -> None:
        size = [min(side, self.SIZE) for side in shape]
        row, column = ((side - part) // 2 for side, part in zip(shape, size, strict=True))
        self.window = (row, column, size[0], size[1])
        self.scale = scale
        self.parts: list[NDArray[np.float32]] = []

    def take(self, first: int, strip: NDArray[np.float32]) -> None:
        """Keep what a strip shows of it."""
        row, column, rows, columns = (self.scale * value for value in self.window)
        start, stop = max(row - first, 0), min(row + rows - first, len(strip))
        if start < stop:
            self.parts.append(strip[start:stop, column : column + columns].copy())

    def draw(
        self, path: PathLike, low: NDArray[np.float32], domain: str | None, title: str
    ) -> None:
        """Draw the input and the result."""
        from mmsar.visualization.super_resolution import draw_super_resolution

        draw_super_resolution(path, low, np.concatenate(self.parts), domain, title)


def _config(
    config: PathLike | Config | None,
    weights: dict[str, Any],
    source: str,
    options: dict[str, Any] | None,
) -> Config:
    if isinstance(config, Config):
        merged = copy.deepcopy(config)
        merged.merge_from_dict(options or {})
        return merged
    if config is not None:
        return load_config(Path(config), options)
    text = (weights.get('meta') or {}).get('cfg')
    if not isinstance(text, str):
        raise ConfigError(f'{source} has no config stored in it; give the config file')
    stored = Config(read_stored_config(text, source))
    stored.merge_from_dict(options or {})
    return stored
