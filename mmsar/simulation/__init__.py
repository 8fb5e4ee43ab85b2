"""Simulated radar scenes: numpy in, numpy out."""

from mmsar.simulation.ship_scene import ShipScene, simulate_ship_scene

__all__ = ['ShipScene', 'simulate_ship_scene']
