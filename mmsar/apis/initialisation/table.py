"""What several starts of a detector reached: means, spread and paired differences."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

LEVEL = 0.95


class Difference(NamedTuple):
    """Of two starts, run by run.

    Attributes:
        mean: Over the seeds.
        half_width: Of its 95 % confidence interval; infinite with one seed.
    """

    mean: float
    half_width: float

    @property
    def sign(self) -> int:
        """1: better; -1: worse; 0: the interval contains 0."""
        return (self.mean > self.half_width) - (self.mean < -self.half_width)


def paired_difference(values: Mapping[int, float], reference: Mapping[int, float]) -> Difference:
    """Compare two starts by the seeds that both have.

    Args:
        values: Seeds, and the figure.
        reference: Likewise.

    Returns:
        Mean difference and Student's interval of it, n - 1 degrees of freedom.
    """
    from scipy.stats import t

    differences = [values[seed] - reference[seed] for seed in sorted(values.keys() & reference)]
    if not differences:
        return Difference(math.nan, math.inf)
    mean, count = statistics.mean(differences), len(differences)
    if count == 1:
        return Difference(mean, math.inf)
    spread = statistics.stdev(differences) / math.sqrt(count)
    return Difference(mean, float(t.ppf((1 + LEVEL) / 2, count - 1)) * spread)


def by_start(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, dict[int, float]]]:
    """Return the last figure of each run by start, number of images, and seed."""
    found: dict[str, dict[int, dict[int, float]]] = {}
    for record in records:
        sizes = found.setdefault(record['start'], {})
        sizes.setdefault(record['scenes'], {})[record['seed']] = record['curve'][-1][1]
    return found


def render(records: Sequence[Mapping[str, Any]], reference: str, metric: str) -> str:
    """Return the tables and what they say, as markdown."""
    found = by_start(records)
    sizes = sorted({record['scenes'] for record in records})
    header = ['start', *(f'{size} images' for size in sizes)]
    values = [[start, *(_value(found[start].get(size)) for size in sizes)] for start in found]
    others = [start for start in found if start != reference and reference in found]
    rows, said = [], []
    for start in others:
        differences = {
            size: paired_difference(found[start][size], found[reference][size])
            for size in sizes
            if size in found[start] and size in found[reference]
        }
        rows.append([start, *(_difference(differences.get(size)) for size in sizes)])
        said.append(f'- {start}: {verdict(differences)}')
    parts = [f'{metric}: mean ± standard deviation (seeds)', _table(header, values)]
    if rows:
        parts += [
            f'Difference to {reference}, seed by seed: mean ± half width of the 95 % interval',
            _table(header, rows),
            '\n'.join(said),
        ]
    return '\n\n'.join(parts) + '\n'


def verdict(differences: Mapping[int, Difference]) -> str:
    """Say at which numbers of images a start is better, and from which on it is not."""
    better = [size for size, difference in differences.items() if difference.sign > 0]
    worse = [size for size, difference in differences.items() if difference.sign < 0]
    said = f'better with {_listed(better)} images' if better else 'not better with any number'
    if better and max(better) < max(differences):
        after = min(size for size in differences if size > max(better))
        said += f'; no gain to be seen from {after} images on'
    elif better:
        said += '; the gain has not vanished at the largest number'
    return said + (f'; worse with {_listed(worse)}' if worse else '')


def _listed(numbers: Iterable[int]) -> str:
    return ', '.join(map(str, numbers))


def _value(by_seed: Mapping[int, float] | None) -> str:
    if not by_seed:
        return ''
    values = list(by_seed.values())
    spread = f' ± {statistics.stdev(values):.3f}' if len(values) > 1 else ''
    return f'{statistics.mean(values):.3f}{spread} ({len(values)})'


def _difference(difference: Difference | None) -> str:
    if difference is None or math.isnan(difference.mean):
        return ''
    width = f'{difference.half_width:.3f}' if math.isfinite(difference.half_width) else '?'
    mark = '**' if difference.sign else ''
    return f'{mark}{difference.mean:+.3f} ± {width}{mark}'


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
