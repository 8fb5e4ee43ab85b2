"""Chips: one target an image, with a class or without."""

from mmsar.datasets.recognition.chips import SARChips
from mmsar.datasets.recognition.few_shot import draw_shots, read_draws, write_draws
from mmsar.datasets.recognition.few_shot_set import FewShot
from mmsar.datasets.recognition.fusar_ship import FUSARShip
from mmsar.datasets.recognition.mstar import MSTAR
from mmsar.datasets.recognition.published import PublishedChips
from mmsar.datasets.recognition.sar_acd import SARACD
from mmsar.datasets.recognition.sar_vsa import SARVSA

__all__ = [
    'MSTAR',
    'SARACD',
    'SARVSA',
    'FUSARShip',
    'FewShot',
    'PublishedChips',
    'SARChips',
    'draw_shots',
    'read_draws',
    'write_draws',
]
