"""Simulated radar scenes by physics: numpy in, numpy out."""

from mmsar.simulation.clutter import gamma_texture, land, sea
from mmsar.simulation.imaging import Scatterers, multilook, simulate_looks
from mmsar.simulation.port import PortScene, simulate_port
from mmsar.simulation.port_views import optical_view, radar_view
from mmsar.simulation.sensor import Sensor
from mmsar.simulation.ship import Ship, ship_scatterers

__all__ = [
    'PortScene',
    'Scatterers',
    'Sensor',
    'Ship',
    'gamma_texture',
    'land',
    'multilook',
    'optical_view',
    'radar_view',
    'sea',
    'ship_scatterers',
    'simulate_looks',
    'simulate_port',
]
