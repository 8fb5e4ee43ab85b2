"""The benchmark of migration, as a user runs it."""

import re

import pytest
from benchmarks import migration

pytest.importorskip('diffusers')


def test_benchmark(capsys):
    flags = {'size': 64, 'batch-size': 2, 'steps': 2, 'rounds': 1, 'layers': 'all'}
    migration.main([f'--{name}={value}' for name, value in flags.items()])
    printed = capsys.readouterr().out
    error = float(re.search(r'images agree to (\S+) after 3 steps', printed).group(1))
    assert error < 1e-9
    rows = {line.split()[0]: line.split()[1:] for line in printed.splitlines()[2:]}
    assert set(rows) == {'mmsar', 'plain'}
    speeds, work = ([float(rows[n][k]) for n in ('mmsar', 'plain')] for k in (0, 1))
    assert min(speeds) > 0
    # Shared passes of the style are work that is not done.
    assert 0.5 < work[0] / work[1] < 0.95
