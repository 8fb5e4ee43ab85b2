"""Compare SSNet with a plain form of it, at inference and in a training step.

The plain form (ssnet_plain.py) has the same weights and gives the same output and gradient, which
is checked first: channels first, four masked attentions, the maps of the cross attention in memory,
and the feed-forward half of each block, whose result is thrown away. Both are measured in turn,
round by round, with the same threads: CPU time, of which other jobs on the machine disturb the
ratio least. --memory measures the peak of the resident memory instead, each form in a process of
its own; --rows measures from which length of a row fused attention is the faster.
"""

import argparse
import gc
import statistics
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor, nn

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.timing import describe_ratio, time_in_turns
from mmsar.models.restoration import SSNet
from mmsar.models.restoration.cross_attention import CrossAttentionFusion

FORMS = ('mmsar', 'plain')


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        '--sizes', nargs='+', default=['3x64', '1x128'], help='channels x pixels; 3x64 1x128'
    )
    parser.add_argument('--scale', type=positive_int, default=4)
    parser.add_argument('--num-feats', type=positive_int, default=80, help='80 is the full size')
    parser.add_argument('--num-groups', type=positive_int, default=4, help='4 is the full size')
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--threads', type=positive_int, help="default: PyTorch's choice")
    parser.add_argument('--seed', type=natural, default=0)
    parser.add_argument('--no-training', action='store_true', help='inference alone')
    parser.add_argument('--memory', action='store_true', help='peak memory of inference')
    parser.add_argument('--rows', type=positive_int, nargs='+', help='lengths of a row to compare')
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.rows:
        compare_rows(args)
        return
    for size in args.sizes:
        channels, pixels = map(int, size.split('x'))
        if args.memory:
            compare_memory(args, channels, pixels)
        else:
            compare_speed(args, channels, pixels)


def build(args: argparse.Namespace, channels: int) -> SSNet:
    """Return a network whose branches add something, as they do once it is trained."""
    torch.manual_seed(args.seed)
    model = SSNet(
        channels,
        channels,
        num_feats=args.num_feats,
        num_groups=args.num_groups,
        scale=args.scale,
    )
    for name, parameter in model.named_parameters():
        if name.endswith(('beta', 'gamma')):
            nn.init.normal_(parameter, std=0.3)
    return model


def noise(args: argparse.Namespace, channels: int, pixels: int) -> Tensor:
    """Return an image."""
    generator = torch.Generator().manual_seed(args.seed)
    return torch.rand(1, channels, pixels, pixels, generator=generator)


def compare_speed(args: argparse.Namespace, channels: int, pixels: int) -> None:
    """Time both forms in turn."""
    from ssnet_plain import PlainSSNet

    model = build(args, channels)
    forms: dict[str, nn.Module] = {'mmsar': model, 'plain': PlainSSNet(model)}
    x = noise(args, channels, pixels)
    check(forms, x)

    def infer(form: nn.Module) -> Callable[[], Tensor]:
        def run() -> Tensor:
            with torch.no_grad():
                return form(x)

        return run

    def step(form: nn.Module) -> Callable[[], None]:
        optimizer = torch.optim.AdamW(form.parameters(), 1e-9)

        def run() -> None:
            optimizer.zero_grad()
            form(x).abs().mean().backward()
            optimizer.step()

        return run

    works = {'inference': infer} if args.no_training else {'inference': infer, 'training': step}
    for name, work in works.items():
        seconds = time_in_turns({key: work(form) for key, form in forms.items()}, args.rounds)
        mine, theirs = (statistics.median(seconds[key]) for key in FORMS)
        print(
            f'{channels} x {pixels} x {pixels}, {name:9}: mmsar {mine:.2f} s, plain '
            f'{theirs:.2f} s; plain / mmsar {describe_ratio(seconds["plain"], seconds["mmsar"])}'
        )


def check(forms: dict[str, nn.Module], x: Tensor) -> None:
    """Require that both forms have the same output."""
    with torch.no_grad():
        mine, theirs = (forms[key](x) for key in FORMS)
    error = float((mine - theirs).abs().max() / theirs.std())
    if not error < 1e-4:
        raise RuntimeError(f'the outputs of the two forms differ by {error:.1e} of their deviation')
    print(f'{tuple(x.shape)}: outputs agree to {error:.1e}; {torch.get_num_threads()} threads')


def compare_memory(args: argparse.Namespace, channels: int, pixels: int) -> None:
    """Measure the peak of each form, in a process of its own."""
    peaks = {}
    for form in FORMS:
        with get_context('spawn').Pool(1) as pool:
            peaks[form] = pool.apply(_peak, (args, form, channels, pixels))
        print(
            f'{channels} x {pixels} x {pixels}, inference, {form}: '
            f'{peaks[form]:.0f} MB above the loaded network',
            flush=True,
        )
    print(f'mmsar / plain {peaks["mmsar"] / peaks["plain"]:.2f}')


def resident(which: str = 'VmRSS') -> float:
    """Return the resident memory of the process in MB; ``VmHWM`` is its peak."""
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    raise RuntimeError('/proc/self/status does not say; memory is measured on Linux')


def _peak(args: argparse.Namespace, form: str, channels: int, pixels: int) -> float:
    if args.threads:
        torch.set_num_threads(args.threads)
    model: nn.Module = build(args, channels)
    if form == 'plain':
        from ssnet_plain import PlainSSNet

        assert isinstance(model, SSNet)
        model = PlainSSNet(model)
    x = noise(args, channels, pixels)
    with torch.no_grad():
        model(x[..., :16, :16])  # what libraries allocate once
        gc.collect()
        before = resident()
        model(x)
    return resident('VmHWM') - before


def compare_rows(args: argparse.Namespace) -> None:
    """Time the cross attention with maps and fused, on images of rows of some lengths."""
    channels = args.num_feats
    for length in args.rows:
        torch.manual_seed(args.seed)
        fusions = {
            'maps': CrossAttentionFusion(channels, fused_from=length + 1),
            'fused': CrossAttentionFusion(channels, fused_from=0),
        }
        # So many rows that each length has as many pixels
        shape = (1, max(1, 2**15 // length), length, channels)
        left, right = torch.randn(shape), torch.randn(shape)

        def run(fusion: nn.Module, left: Tensor = left, right: Tensor = right) -> object:
            with torch.no_grad():
                return fusion(left, right)

        def work(fusion: nn.Module) -> Callable[[], object]:
            return lambda: run(fusion)

        seconds = time_in_turns({key: work(f) for key, f in fusions.items()}, args.rounds)
        print(
            f'rows of {length:5d}: maps / fused {describe_ratio(seconds["maps"], seconds["fused"])}'
        )


if __name__ == '__main__':
    run_tool(main)
