"""Inverse SAR by physics: spacecraft, phase history, images.

A target that turns is sampled at frequencies and angles (its phase history), which lie on a sector
of its spectrum; the image is the inverse Fourier transform. A radar of less bandwidth and a shorter
aperture has the central part of the same samples.
"""

from mmsar.simulation.isar.imaging import form_image, pixel_axis
from mmsar.simulation.isar.motion import move, residual_motion
from mmsar.simulation.isar.phase_history import add_noise, phase_history
from mmsar.simulation.isar.polar import polar_spectrum
from mmsar.simulation.isar.radar import ISARRadar
from mmsar.simulation.isar.spacecraft import (
    Design,
    Spacecraft,
    View,
    build_spacecraft,
    draw_design,
    draw_view,
)
from mmsar.simulation.isar.spectrum import SceneSpectrum, range_doppler_spectrum

__all__ = [
    'Design',
    'ISARRadar',
    'SceneSpectrum',
    'Spacecraft',
    'View',
    'add_noise',
    'build_spacecraft',
    'draw_design',
    'draw_view',
    'form_image',
    'move',
    'phase_history',
    'pixel_axis',
    'polar_spectrum',
    'range_doppler_spectrum',
    'residual_motion',
]
