"""Simulated chips of aircraft by two sensors."""

from mmsar.simulation.aircraft.airframe import AIRFRAMES, Airframe
from mmsar.simulation.aircraft.chip import AircraftScene, draw_scene, simulate_chip
from mmsar.simulation.aircraft.chip_sensor import C_BAND_3M, CHIP_SENSORS, X_BAND_1M, ChipSensor
from mmsar.simulation.aircraft.individual import Aircraft, draw_aircraft
from mmsar.simulation.aircraft.other_airframes import OTHER_AIRFRAMES, TYPES

__all__ = [
    'AIRFRAMES',
    'CHIP_SENSORS',
    'C_BAND_3M',
    'OTHER_AIRFRAMES',
    'TYPES',
    'X_BAND_1M',
    'Aircraft',
    'AircraftScene',
    'Airframe',
    'ChipSensor',
    'draw_aircraft',
    'draw_scene',
    'simulate_chip',
]
