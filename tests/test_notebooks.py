"""Notebooks of the documentation were executed, and name what there is."""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / 'docs' / 'notebooks').glob('*.ipynb'))


def cells(path):
    return [c for c in json.loads(path.read_text())['cells'] if c['cell_type'] == 'code']


def code(path):
    lines = [line for cell in cells(path) for line in [*cell['source'], '\n']]
    return ''.join(line for line in lines if not line.startswith('%'))


@pytest.mark.parametrize('path', NOTEBOOKS, ids=lambda path: path.stem)
def test_it_was_executed_from_top_to_bottom(path):
    assert [cell['execution_count'] for cell in cells(path)] == list(range(1, len(cells(path)) + 1))
    outputs = [output for cell in cells(path) for output in cell['outputs']]
    assert not [output for output in outputs if output['output_type'] == 'error']
    assert not [output for output in outputs if output.get('name') == 'stderr']
    assert sum('image/png' in output.get('data', {}) for output in outputs) >= 3
    assert path.stat().st_size < 2**20


@pytest.mark.parametrize('path', NOTEBOOKS, ids=lambda path: path.stem)
def test_what_it_imports_and_names_is_there(path):
    source = code(path)
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imported if str(node.module).startswith('mmsar')]
    assert ours
    for node in ours:
        module = importlib.import_module(node.module)
        assert [name.name for name in node.names if not hasattr(module, name.name)] == []
    named = re.findall(r'(?:configs|tools)/[\w./-]+\.py', path.read_text())
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_there_are_notebooks():
    assert NOTEBOOKS
