"""Raster files in and out, with the meaning of their values."""

from mmsar.io.atomic import replacing
from mmsar.io.domain import convert_domain
from mmsar.io.meta import DOMAINS, RasterMeta
from mmsar.io.raster import Raster, Window
from mmsar.io.read import open_raster, read_raster
from mmsar.io.row_writer import RowWriter
from mmsar.io.tiles import TileReader, Tiling
from mmsar.io.write import write_raster

__all__ = [
    'DOMAINS',
    'Raster',
    'RasterMeta',
    'RowWriter',
    'TileReader',
    'Tiling',
    'Window',
    'convert_domain',
    'open_raster',
    'read_raster',
    'replacing',
    'write_raster',
]
