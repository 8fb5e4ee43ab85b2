"""The page of results on the benchmark of inverse SAR."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]

HEAD = """# Super-resolution of inverse SAR: results

<!-- Written by tools/analysis_tools/isar_benchmark.py from docs/results/isar/. Do not edit. -->

Measured by us, on [our benchmark](isar.md#the-benchmark): no recipe, data set or table of SSNet
is published. All networks were trained on simulated spacecraft, none of which is in the test.

- Foreground: the truth within 40 dB of its peak. PSNR and SSIM are those of images in decibels
  ([metric](ssnet.md#figures)).
- *fitted*: with the gain and offset that fit the foreground of training data best. Without them
  the level alone costs a baseline decibels.
- *eight views*: mean of what the network makes of an image flipped and turned in eight ways
  (`model.test_cfg.ensemble=True`).
- Several seeds: mean ± standard deviation of the sample.
- Widths are in pixels of the high resolution, of points that stand alone in the truth.
"""
_IMAGE = {
    'PSNR_foreground': 'PSNR, foreground',
    'SSIM_foreground': 'SSIM, foreground',
    'PSNR': 'PSNR',
    'SSIM': 'SSIM',
}
_RADAR = {
    'TCR': 'TCR in dB',
    'entropy': 'entropy',
    'contrast': 'contrast',
    'width_range': 'width, range',
    'width_cross_range': 'width, cross-range',
    'PSLR': 'PSLR in dB',
    'ISLR': 'ISLR in dB',
    'peak_error': 'error of peaks in dB',
}
_TITLES = {
    'benchmark': 'Simulated spacecraft (400 images)',
    'aircraft': 'Measured aircraft (one image)',
    'two-points': 'Two close points',
}
_VIEWS = ', eight views'
_NAMES = {'ssnet': 'SSNet', 'edsr': 'EDSR', 'swinir': 'SwinIR'}


def render(records: Sequence[Record]) -> str:
    """Return the page.

    Args:
        records: Of :func:`mmsar.apis.isar_benchmark.measure`.
    """
    parts = [HEAD]
    for scale in sorted({record['scale'] for record in records}):
        chosen = [record for record in records if record['scale'] == scale]
        parts.append(f'## x{scale}')
        parts.append(_trained(chosen))
        for name, title in _TITLES.items():
            with_set = [record for record in chosen if name in record['metrics']]
            if not with_set:
                continue
            parts.append(f'### {title}')
            if name == 'two-points':
                parts.append(_points(with_set))
            else:
                parts.append(_table(with_set, name, _IMAGE, 'black', 4))
                parts.append(_table(with_set, name, _RADAR, 'truth', 2))
    return '\n\n'.join(part.strip() for part in parts) + '\n'


def _groups(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the records by config and number of views, SSNet's first."""
    found: dict[str, list[Record]] = {}
    for record in records:
        stem = Path(record['config']).stem + (_VIEWS if record.get('ensemble') else '')
        found.setdefault(stem, []).append(record)
    order = list(_NAMES)
    return dict(sorted(found.items(), key=lambda item: (_rank(item[0], order), item[0])))


def _rank(stem: str, order: Sequence[str]) -> int:
    names = [name for name in order if stem.startswith(name)]
    return order.index(names[0]) if names else len(order)


def _title(stem: str) -> str:
    title = next((title for name, title in _NAMES.items() if stem.startswith(name)), stem)
    return title + (_VIEWS if stem.endswith(_VIEWS) else '')


def _trained(records: Sequence[Record]) -> str:
    rows = [['network', 'config', 'weights', 'seeds', 'training']]
    for stem, some in _groups(records).items():
        seconds = [r['training']['seconds'] for r in some if r.get('training')]
        spent = f'{statistics.mean(seconds) / 60:.1f} min' if seconds else ''
        seeds = ', '.join(str(record['seed']) for record in some)
        rows.append(
            [
                _title(stem),
                f'`{stem.removesuffix(_VIEWS)}.py`',
                str(some[0]['weights']),
                seeds,
                spent,
            ]
        )
    return _markdown(rows)


def _table(
    records: Sequence[Record], name: str, columns: Mapping[str, str], last: str, digits: int
) -> str:
    rows = [['', *columns.values()]]
    for stem, some in _groups(records).items():
        cells = [_cell([r['metrics'][name].get(key) for r in some], digits) for key in columns]
        rows.append([_title(stem), *cells])
    first = records[0]['metrics'][name]
    # Baselines are not trained: those of one record are those of all.
    prefixes = {key.split('/')[0] for key in first if '/' in key and key.split('/')[1] in columns}
    for prefix in sorted(prefixes, key=lambda text: (text.startswith(last), text)):
        cells = [_cell([first.get(f'{prefix}/{key}')], digits) for key in columns]
        rows.append([prefix.replace('_', ', '), *cells])
    return _markdown(rows)


def _points(records: Sequence[Record]) -> str:
    first = records[0]['metrics']['two-points']
    separations = sorted(
        (key.removeprefix('dip_sep') for key in first if key.startswith('dip_sep')), key=float
    )
    parts = [
        'Distance in resolution cells of the high resolution; points of equal amplitude and random '
        'phases. They are separated where the valley between them is 3 dB deep or more.'
    ]
    for figure, title, digits in (
        ('separated', 'Share that is separated', 2),
        ('dip', 'Depth of the valley in dB', 1),
        ('sidelobe', 'Largest level away from both, in dB below the peak', 1),
    ):
        rows = [[title, *(f'{float(text):g}' for text in separations)]]
        keys = [f'{figure}_sep{text}' for text in separations]
        for stem, some in _groups(records).items():
            values = [[r['metrics']['two-points'].get(key) for r in some] for key in keys]
            rows.append([_title(stem), *(_cell(value, digits) for value in values)])
        prefixes = sorted({key.split('/')[0] for key in first if '/' in key and figure in key})
        for prefix in prefixes:
            cells = [_cell([first.get(f'{prefix}/{key}')], digits) for key in keys]
            rows.append([prefix, *cells])
        parts.append(_markdown(rows))
    return '\n\n'.join(parts)


def _cell(values: Iterable[float | None], digits: int) -> str:
    found = [value for value in values if value is not None and value != -1]
    if not found:
        return ''
    text = f'{statistics.mean(found):.{digits}f}'
    return text if len(found) < 2 else f'{text} ± {statistics.stdev(found):.{digits}f}'


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ['---'] * len(rows[0]), *rows[1:]]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)
