"""Compare migration with the published loop of attention distillation.

The published loop (migration_plain.py) takes one image at a time. mmsar takes a batch whose images
share the pass of the style, and leaves the U-Net at the last layer that is needed. Networks,
images, layers, steps and losses are the same: the two of attention alone, since the published loop
has no losses of pixels. Both encode and decode. That both end with the same images is checked
first, in float64 and three steps. Weights are random. The small networks have all layers of Stable
Diffusion 1.5; --sd15 takes its sizes, for which --device cuda is advised.

On a CPU the CPU time of the process is measured, on a GPU that of the clock on the wall.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from migration_plain import PublishedLoop
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmsar.apis.cli import natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.apis.timing import describe_ratio, time_in_turns
from mmsar.errors import ConfigError
from mmsar.models.generation import AttentionDistillation
from mmsar.models.generation.small_stable_diffusion import write_small_stable_diffusion
from mmsar.models.generation.stable_diffusion import StableDiffusion, load_stable_diffusion

WEIGHTS = {'speckle': 0.0, 'high_frequency': 0.0}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--batch-size', type=positive_int, default=8, help='default 8')
    parser.add_argument('--size', type=positive_int, default=128, help='in pixels; default 128')
    parser.add_argument('--steps', type=positive_int, default=10, help='of an image; default 10')
    parser.add_argument('--layers', default='paper', help='set of layers; default paper')
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--threads', type=positive_int, help="default: PyTorch's choice")
    parser.add_argument('--device', default='cpu', help='such as cuda; default cpu')
    parser.add_argument('--dtype', default='float32', help='of the networks; default float32')
    parser.add_argument('--compiled', action='store_true', help="compile mmsar's networks")
    parser.add_argument('--sd15', action='store_true', help='sizes of Stable Diffusion 1.5')
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    if args.size % 8:
        raise ConfigError(f'--size {args.size}: the autoencoder takes multiples of 8')
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    parts = random_parts(args.seed, args.sd15)
    contents = torch.rand(args.batch_size, 1, args.size, args.size) / 2
    style = torch.rand(1, 1, args.size, args.size) / 2
    check(parts, args, contents[:2], style)

    both = Both(parts, args, args.dtype, args.steps, args.compiled)
    work = {
        'mmsar': lambda: both.mmsar(contents, style),
        'plain': lambda: both.plain(contents, style),
    }
    seconds = measure(work, args)
    print(f'{"":6}  images/s  TFLOP an image  time / mmsar, median (range)')
    for name, values in seconds.items():
        speed = args.batch_size / statistics.median(values)
        load = count_flops(work[name]) / args.batch_size / 1e12
        print(f'{name:6}  {speed:8.3g}  {load:14.4g}  {describe_ratio(values, seconds["mmsar"])}')


def random_parts(seed: int, full: bool) -> StableDiffusion:
    """Return networks of random weights: small, or of the sizes of Stable Diffusion 1.5."""
    with tempfile.TemporaryDirectory() as folder:
        write_small_stable_diffusion(Path(folder) / 'small', seed)
        parts = load_stable_diffusion(str(Path(folder) / 'small'))
    if not full:
        return parts
    from diffusers import AutoencoderKL, UNet2DConditionModel

    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=('DownEncoderBlock2D',) * 4,
        up_block_types=('UpDecoderBlock2D',) * 4,
        layers_per_block=2,
    )
    return replace(parts, unet=unet, vae=vae, prompt_embeds=torch.randn(1, 77, 768))


class Both:
    """The two ways to images, with the same networks.

    Args:
        parts: Networks; they are moved.
        args: Of the tool.
        dtype: Of the networks.
        steps: Their number.
        compiled: Compile those of mmsar.
    """

    def __init__(
        self,
        parts: StableDiffusion,
        args: argparse.Namespace,
        dtype: str,
        steps: int,
        compiled: bool = False,
    ) -> None:
        self.model = AttentionDistillation(
            parts, args.layers, WEIGHTS, size=None, steps=steps, dtype=dtype, compiled=compiled
        )
        self.model.to(args.device).load()
        loss = self.model.attention_loss
        assert loss is not None
        self.loop = PublishedLoop(loss.unet, loss.layer_names, self.model.prompt_embeds)

    def mmsar(self, contents: Tensor, style: Tensor) -> Tensor:
        """Return images, (N, 1, H, W)."""
        return self.model.migrate(contents, style).images

    def plain(self, contents: Tensor, style: Tensor) -> Tensor:
        """Return the same, one after the other."""
        precise = torch.promote_types(self.model.dtype, torch.float32)
        contents, style = (
            x.to(self.model.prompt_embeds.device, precise) for x in (contents, style)
        )
        coder, images = self.model.coder, []
        for content in contents.split(1):
            latents = coder.encode(content), coder.encode(style)
            latent = self.loop(*latents, self.model.timesteps.to(contents.device))
            with torch.no_grad():
                shape = (content.shape[2], content.shape[3])
                images.append(coder.decode(latent, shape).clamp(0, 1))
        return torch.cat(images)


def check(
    parts: StableDiffusion, args: argparse.Namespace, contents: Tensor, style: Tensor
) -> None:
    """Compare what both make of images."""
    both = Both(copy.deepcopy(parts), args, 'float64', steps=3)
    error = float((both.mmsar(contents, style) - both.plain(contents, style)).abs().max())
    print(f'images agree to {error:.1e} after 3 steps in float64')
    if not error < 1e-9:
        raise RuntimeError(f'the images of mmsar and of the published loop differ by {error:g}')


def measure(
    work: Mapping[str, Callable[[], object]], args: argparse.Namespace
) -> dict[str, list[float]]:
    """Return the seconds that each takes in each round, after one that warms up."""
    if args.device == 'cpu':
        return time_in_turns(work, args.rounds)
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(1 + args.rounds):
        for name, compute in work.items():
            torch.cuda.synchronize()
            start = time.perf_counter()
            compute()
            torch.cuda.synchronize()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def count_flops(compute: Callable[[], object]) -> int:
    """Return the floating-point operations of products, attention as plain products."""
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        compute()
    return int(counter.get_total_flops())


if __name__ == '__main__':
    run_tool(main)
