"""Draw spacecraft of the ISAR benchmark at several resolutions, in decibels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmsar.apis.cli import natural, require_output
from mmsar.apis.explain import run_tool


def main(argv: Sequence[str] | None = None) -> None:
    """Draw."""
    import argparse

    from mmsar.errors import ConfigError
    from mmsar.simulation.isar.benchmark import DESIGNS, SNRS, VIEWS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')
    parser.add_argument(
        '--designs', nargs='+', default=list(DESIGNS), help=f'of {", ".join(DESIGNS)}; default all'
    )
    parser.add_argument('--view', type=natural, default=0, help=f'below {VIEWS}; default 0')
    parser.add_argument('--snr', type=float, default=SNRS[0], help='in dB; default 20')
    args = parser.parse_args(argv)
    require_output(args.out, '--out', '.png')
    if args.view >= VIEWS:
        raise ConfigError(f'--view {args.view}: the benchmark has {VIEWS} views, from 0')
    draw(args.out, args.designs, args.view, args.snr)
    print(f'wrote {args.out}')


def draw(out: Path, designs: Sequence[str], view: int, snr: float) -> None:
    """Write a picture with a row for each spacecraft."""
    from mmsar.simulation.isar import add_noise, form_image, phase_history, polar_spectrum
    from mmsar.simulation.isar.benchmark import (
        PIXELS,
        RADAR,
        SAMPLES,
        WINDOW,
        benchmark_spacecraft,
        benchmark_view,
        stream,
    )
    from mmsar.visualization.isar_panel import draw_isar_images

    rows = {}
    for name in designs:
        seen = benchmark_spacecraft(name).seen_from(benchmark_view(name, view))
        clean = phase_history(*seen, RADAR, np.complex64)
        received = add_noise(clean, snr, stream('noise', name, view, str(snr)))
        low = polar_spectrum(received, RADAR, (SAMPLES, SAMPLES))
        high = polar_spectrum(clean, RADAR, (SAMPLES, SAMPLES))
        rows[name] = {
            f'1/{scale} of band and aperture': form_image(
                low.central(scale), (PIXELS // scale, PIXELS // scale), WINDOW
            )
            for scale in (4, 2)
        }
        rows[name]['all, without noise'] = form_image(high, (PIXELS, PIXELS), WINDOW)
    draw_isar_images(out, rows, high.extent)


if __name__ == '__main__':
    run_tool(main)
