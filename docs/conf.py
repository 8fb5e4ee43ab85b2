"""Sphinx configuration; build with `make docs`."""

from pathlib import Path

_scope: dict[str, str] = {}
exec((Path(__file__).parents[1] / 'mmsar' / 'version.py').read_text(), _scope)

project = 'mmsar'
author = 'The mmsar authors'
copyright = '2026 The mmsar authors'
release = version = _scope['__version__']

extensions = ['myst_parser']
exclude_patterns = ['_build']
# Links to headings: [text](page.md#heading)
myst_heading_anchors = 3

html_theme = 'furo'
html_title = f'mmsar {release}'
