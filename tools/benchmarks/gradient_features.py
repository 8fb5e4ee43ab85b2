"""Measure how much faster the gradient features are than the published form.

The published form convolves each image with twelve dense kernels in float32, four for each radius;
'four in one' makes the four of a radius one call. The forms are measured in turn, round by round,
with the same threads; the table has the medians. CPU time is that of all threads: on a machine
that does other work too, it is the steadier figure.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.models.selfsup import GradientFeatures


class DenseFeatures:
    """The same features by dense convolutions in float32.

    Args:
        radii: Of the windows.
        at_once: One call for the four kernels of a radius, not four.
        device: Of the images.
    """

    def __init__(
        self, radii: Sequence[int], at_once: bool, device: torch.device | str = 'cpu'
    ) -> None:
        self.radii = radii
        self.kernels = [_kernels(r).to(device).split(4 if at_once else 1) for r in radii]

    def __call__(self, images: Tensor) -> Tensor:
        """Return (N, S, H, W) for images (N, 1, H, W)."""
        maps = []
        for r, kernels in zip(self.radii, self.kernels, strict=True):
            padded = functional.pad(images, (r,) * 4, mode='reflect') + 0.01
            sums = torch.cat([functional.conv2d(padded, kernel) for kernel in kernels], dim=1)
            left, right, top, bottom = sums.unbind(1)
            maps.append(((left / right).log() ** 2 + (top / bottom).log() ** 2).sqrt())
        return torch.stack(maps, dim=1)


def _kernels(r: int) -> Tensor:
    """Return (4, 1, 2r + 1, 2r + 1): left, right, upper and lower half."""
    kernels = torch.zeros(4, 1, 2 * r + 1, 2 * r + 1)
    kernels[0, :, :, : r + 1] = 1
    kernels[1, :, :, r:] = 1
    kernels[2, :, : r + 1] = 1
    kernels[3, :, r:] = 1
    return kernels


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batch', type=positive_int, default=16, help='images; default 16')
    parser.add_argument('--size', type=positive_int, default=224, help='pixels a side; default 224')
    parser.add_argument('--radii', type=positive_int, nargs='+', default=[9, 13, 17])
    parser.add_argument('--rounds', type=positive_int, default=5, help='default 5')
    parser.add_argument('--threads', type=positive_int, help="default: PyTorch's choice")
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    shape = (args.batch, 1, args.size, args.size)
    images = torch.rand(shape, generator=torch.Generator().manual_seed(args.seed))
    forms: dict[str, Callable[[Tensor], Tensor]] = {
        'mmsar': GradientFeatures(args.radii),
        'published': DenseFeatures(args.radii, at_once=False),
        'four in one': DenseFeatures(args.radii, at_once=True),
    }
    wall, cpu, results = measure(forms, images, args.rounds)
    print(f'{tuple(shape)}, radii {args.radii}, {torch.get_num_threads()} threads')
    print('form         wall [ms]  times mmsar  CPU [ms]  times mmsar  differs by')
    for name in forms:
        difference = (results[name] - results['mmsar']).abs().max()
        print(
            f'{name:11s}  {wall[name] * 1e3:9.1f}  {wall[name] / wall["mmsar"]:11.1f}  '
            f'{cpu[name] * 1e3:8.1f}  {cpu[name] / cpu["mmsar"]:11.1f}  {difference:10.1e}'
        )


def measure(
    forms: dict[str, Callable[[Tensor], Tensor]], images: Tensor, rounds: int
) -> tuple[dict[str, float], dict[str, float], dict[str, Tensor]]:
    """Return the medians of wall and CPU time in seconds, and the results.

    Each form is called once before.
    """
    with torch.no_grad():
        results = {name: form(images) for name, form in forms.items()}
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in forms}
        for _ in range(rounds):
            for name, form in forms.items():
                before = time.perf_counter(), time.process_time()
                form(images)
                times[name].append(
                    (time.perf_counter() - before[0], time.process_time() - before[1])
                )
    wall, cpu = (
        {name: statistics.median(pair[which] for pair in pairs) for name, pairs in times.items()}
        for which in (0, 1)
    )
    return wall, cpu, results


if __name__ == '__main__':
    run_tool(main)
