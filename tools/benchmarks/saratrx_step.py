"""Compare a pre-training step of SARATR-X with a plain one.

The plain step has the same weights, masks, precision and optimiser, and four things as the
published code has them: the target by twelve dense convolutions, attention with its matrix of
scores, a convolution that embeds all patches before the hidden ones are left out, and a prediction
of all units. Its loss and its gradient are checked against those of mmsar first.

On a CPU the figures are CPU time and the peak of the resident memory, each form in a process of its
own. On a GPU (--device cuda) they are wall time, the peak of the allocated memory and model FLOPs
utilisation, of both forms in float32 and of mmsar in bfloat16, with and without torch.compile.
"""

import argparse
import copy
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from gradient_features import DenseFeatures
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mmsar.apis import load_config
from mmsar.apis.cli import Options, natural, positive_int
from mmsar.apis.explain import run_tool
from mmsar.models.backbones.hivit_layers import Attention, PatchEmbed, pick
from mmsar.registry import MODELS

CONFIG = (
    Path(__file__).parents[2] / 'configs/saratrx/saratrx_hivit-base_8xb100-coslr-800e_sar186k.py'
)


class PlainAttention(nn.Module):
    """Attention as a product, a softmax and a product; the weights of another."""

    def __init__(self, other: Attention) -> None:
        super().__init__()
        self.qkv, self.proj, self.heads = other.qkv, other.proj, other.heads

    def forward(self, x: Tensor, *_: Any) -> Tensor:
        """Attend; (N, K, dims)."""
        n, k, dims = x.shape
        q, key, value = self.qkv(x).reshape(n, k, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (q * q.shape[-1] ** -0.5) @ key.transpose(-2, -1)
        return self.proj((scores.softmax(dim=-1) @ value).transpose(1, 2).reshape(n, k, dims))


class PlainPatchEmbed(nn.Module):
    """Embedding of all patches by a convolution of three equal channels."""

    def __init__(self, other: PatchEmbed) -> None:
        super().__init__()
        self.proj, self.norm = other.proj, other.norm

    def forward(self, images: Tensor, keep: Tensor) -> Tensor:
        """Embed; (N, K, 4, 4, dims)."""
        x = self.proj(images.expand(-1, self.proj.in_channels, -1, -1))
        n, dims, rows, columns = x.shape
        x = x.view(n, dims, rows // 4, 4, columns // 4, 4).permute(0, 2, 4, 3, 5, 1)
        x = self.norm(x.reshape(n, -1, 4, 4, dims))
        return x.gather(1, keep[:, :, None, None, None].expand(-1, -1, 4, 4, dims))


class PlainDecoder(nn.Module):
    """Prediction of all units, of which the hidden ones are taken."""

    def __init__(self, other: nn.Module) -> None:
        super().__init__()
        self.decoder = other

    def forward(self, latent: Tensor, restore: Tensor, wanted: Tensor) -> Tensor:
        """Predict; (N, M, out_dims)."""
        return pick(self.decoder(latent, restore), wanted)


class PlainTarget(nn.Module):
    """The target by dense convolutions."""

    stride = 1

    def __init__(self, radii: Sequence[int], device: torch.device) -> None:
        super().__init__()
        self.features = DenseFeatures(radii, at_once=False, device=device)

    def forward(self, images: Tensor) -> Tensor:
        """Return the maps."""
        with torch.no_grad():
            return self.features(images)


def plain(model: Any) -> Any:
    """Return a copy of a ``mmsar.SARATRX`` in the plain form."""
    model = copy.deepcopy(model)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Attention):
                setattr(parent, name, PlainAttention(child))
            elif isinstance(child, PatchEmbed):
                setattr(parent, name, PlainPatchEmbed(child))
    device = next(model.parameters()).device
    model.neck = PlainDecoder(model.neck)
    model.target_generator = PlainTarget(model.target_generator.radii, device)
    return model


class Step:
    """A training step.

    Args:
        model: Pre-training model.
        images: (N, 1, H, W), in 0 to 1.
        dtype: Of autocast; None: none.
        compiled: Compile the forward pass.
    """

    def __init__(
        self, model: Any, images: Tensor, dtype: torch.dtype | None = None, compiled: bool = False
    ) -> None:
        self.model, self.images, self.dtype = model.train(), images, dtype
        self.loss = torch.compile(model.loss) if compiled else model.loss
        self.optimizer = torch.optim.AdamW(
            model.parameters(), 1e-4, betas=(0.9, 0.95), weight_decay=0.05, fused=True
        )

    def __call__(self) -> Tensor:
        """Make the step and return its loss."""
        torch.manual_seed(0)  # masks
        with torch.autocast(
            self.images.device.type, self.dtype or torch.bfloat16, enabled=self.dtype is not None
        ):
            loss = self.loss(self.images)['loss']
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


def main(argv: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--config', default=CONFIG, help='default: the published recipe')
    parser.add_argument('--cfg-options', nargs='+', action=Options, metavar='KEY=VALUE')
    parser.add_argument('--batch-size', type=positive_int, default=16)
    parser.add_argument('--rounds', type=positive_int, default=3)
    parser.add_argument('--threads', type=positive_int, help="default: PyTorch's choice")
    parser.add_argument('--device', choices=['cpu', 'cuda'], default='cpu')
    parser.add_argument(
        '--peak-tflops', type=float, default=989.0, help='of the GPU in bfloat16; default: H200'
    )
    parser.add_argument('--seed', type=natural, default=0)
    args = parser.parse_args(argv)
    check(*build(args))
    (on_gpu if args.device == 'cuda' else on_cpu)(args)


def build(args: argparse.Namespace) -> tuple[Any, Tensor]:
    """Return the model with random weights, and a batch of noise."""
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    config = load_config(args.config, args.cfg_options)
    init_default_scope(config.default_scope)
    config.model.backbone.pop('init_cfg', None)
    model = MODELS.build(config.model).to(args.device)
    height, width = (side * 16 for side in model.backbone.base_grid)
    images = torch.rand(args.batch_size, 1, height, width, device=args.device)
    return model, images


def check(model: Any, images: Tensor) -> None:
    """Require that both forms have the same loss and gradient."""
    gradients = []
    for form in (model, plain(model)):
        form.zero_grad()
        torch.manual_seed(0)
        loss = form.loss(images[:2])['loss']
        loss.backward()
        weights = [p.grad for p in form.parameters() if p.grad is not None]
        gradients.append((loss.detach(), torch.cat([grad.flatten() for grad in weights])))
    (loss, mine), (other, theirs) = gradients
    torch.testing.assert_close(loss, other, rtol=1e-4, atol=0)
    error = float((mine - theirs).norm() / theirs.norm())
    if not error < 1e-3:
        raise RuntimeError(f'the gradients of the two forms differ by {error:.1e}')
    print(f'loss {float(loss):.5f} agrees, gradient to {error:.1e}')
    model.zero_grad()


def on_cpu(args: argparse.Namespace) -> None:
    """Time both forms in turn, each in a process of its own."""
    context = get_context('spawn')
    forms = ('mmsar', 'plain')
    seconds: dict[str, list[float]] = {form: [] for form in forms}
    peaks = dict.fromkeys(forms, 0.0)
    # Alternating processes: what else the machine does touches both.
    for _ in range(args.rounds):
        for form in forms:
            with context.Pool(1) as pool:
                took, peak = pool.apply(_in_process, (args, form == 'plain'))
            seconds[form].append(took)
            peaks[form] = max(peaks[form], peak)
    print('form    s a step  images/s  plain / mmsar  peak memory [GB]')
    for form, values in seconds.items():
        took = statistics.median(values)
        ratio = statistics.median(
            slow / fast for slow, fast in zip(values, seconds['mmsar'], strict=True)
        )
        print(
            f'{form:6}  {took:8.2f}  {args.batch_size / took:8.2f}  {ratio:13.2f}  '
            f'{peaks[form]:16.2f}'
        )


def _in_process(args: argparse.Namespace, as_plain: bool) -> tuple[float, float]:
    """Return seconds of CPU time over the threads, and the peak in GB, of a form."""
    model, images = build(args)
    step = Step(plain(model) if as_plain else model, images)
    del model
    step()  # warms up, and makes the state of the optimiser
    start = time.process_time()
    step()
    step()
    took = (time.process_time() - start) / 2 / torch.get_num_threads()
    return took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def on_gpu(args: argparse.Namespace) -> None:
    """Time the forms one after the other."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    model, images = build(args)
    with FlopCounterMode(display=False) as counter:
        model.loss(images)['loss'].backward()
    flops = counter.get_total_flops()
    makers: dict[str, Callable[[], Step]] = {
        'plain float32': lambda: Step(plain(model), images),
        'mmsar float32': lambda: Step(copy.deepcopy(model), images),
        'mmsar bfloat16': lambda: Step(copy.deepcopy(model), images, torch.bfloat16),
        'mmsar bfloat16 compiled': lambda: Step(
            copy.deepcopy(model), images, torch.bfloat16, compiled=True
        ),
    }
    print(f'{"form":24} ms a step  images/s  times plain  peak [GB]  utilisation')
    reference = 0.0
    for name, make in makers.items():
        step = make()
        for _ in range(5):
            step()
        torch.cuda.reset_peak_memory_stats()
        times = []
        for _ in range(args.rounds):
            torch.cuda.synchronize()
            start = time.perf_counter()
            for _ in range(10):
                step()
            torch.cuda.synchronize()
            times.append((time.perf_counter() - start) / 10)
        took = statistics.median(times)
        reference = reference or took
        peak = torch.cuda.max_memory_allocated() / 1e9
        share = flops / took / (args.peak_tflops * 1e12)
        print(
            f'{name:24} {took * 1e3:9.1f}  {args.batch_size / took:8.0f}  {reference / took:11.2f}'
            f'  {peak:9.1f}  {share:11.1%}'
        )
        del step


if __name__ == '__main__':
    run_tool(main)
