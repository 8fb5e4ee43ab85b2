"""What the tools and a Python user call."""

from mmsar.apis.config import load_config
from mmsar.apis.launch import build_runner

__all__ = ['build_runner', 'load_config']
