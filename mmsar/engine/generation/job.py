"""The generation of a folder of images."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmsar.datasets.checks import some
from mmsar.engine.generation.generator import Generator
from mmsar.engine.generation.settings import FILE, GenerationSettings, Wanted
from mmsar.engine.image_jobs.folder import locked, remove_leftovers, require_own
from mmsar.engine.image_jobs.manifest import Entry, Log, claim, merge_manifest, read_manifest
from mmsar.engine.image_jobs.plain import plain
from mmsar.engine.image_jobs.processes import Processes
from mmsar.engine.image_jobs.progress import report
from mmsar.engine.image_jobs.summary import Summary
from mmsar.errors import ConfigError, DataError
from mmsar.io import RasterMeta, write_raster

# What images do not depend on.
_NOT_OF_MODEL = ('adapters', 'cache', 'flow', 'gradient_checkpointing', 'sample_latents')
_NOT_OF_IMAGES = ('number', 'classes', 'prompts', 'prompt', 'batch_size', 'overwrite')


class Generation:
    """Generates images of classes or prompts, with as many processes as there are.

    ``OUT/manifest.jsonl`` has a line for each image, written after it. A run that was killed is
    started again: what is done stays; images that have failed are tried again. More images of a
    class, or other classes, may be asked for later.

    An image depends on its prompt, its seed, the model and the settings; neither on its batch, but
    for rounding, nor on the number of processes.

    Args:
        settings: Which, and how.
        out: Folder of the images.
        model: Config of the model: images of another one are refused.
        weights: File that the weights are from, beside ``model.pretrained``, or None.
        exact: Refuse a folder that has more images than these; else, others of the same settings
            may lie beside them.

    Raises:
        ConfigError: The folder is not named.
    """

    def __init__(
        self,
        settings: GenerationSettings,
        out: str | Path | None,
        model: Mapping[str, Any],
        weights: str | Path | None = None,
        exact: bool = False,
    ) -> None:
        if not out:
            raise ConfigError("a generation needs a folder to write to: --out DIR ('out')")
        self.settings, self.out = settings, Path(out)
        self.model, self.weights, self.exact = model, weights, exact
        self.wanted = settings.wanted()

    def run(self, get_model: Callable[[], Generator]) -> Summary:
        """Generate what is not there yet; every process calls it.

        Args:
            get_model: Called once, if there is something to do.

        Raises:
            ConfigError: Another run writes to the folder, or memory does not suffice.
            DataError: The folder has images of other settings or of another origin.
        """
        processes = Processes()
        with ExitStack() as stack:
            shares = self._plan(processes.number, stack) if processes.rank == 0 else None
            shares = processes.from_first(shares)
            if shares[processes.rank]:
                self._work(shares[processes.rank], processes, get_model())
            processes.wait()
            summary = self._finish(shares) if processes.rank == 0 else None
            return processes.from_first(summary)

    def _plan(self, processes: int, stack: ExitStack) -> list[list[Wanted]]:
        """Find out what is not done yet, and share it (the first process)."""
        out, names = self.out, [image.name for image in self.wanted]
        if out.exists() and not out.is_dir():
            raise ConfigError(f'{out} is a file; name a folder for the images')
        before = [name for name in read_manifest(out) if (out / name).exists()]
        require_own(out, [*names, *before], FILE)
        others = sorted(set(before) - set(names))
        if self.exact and others:
            raise DataError(
                f'{out} has {len(others)} images that are not asked for: {some(others)}. Remove '
                'them, choose another folder, or ask for them (test_cfg.number, classes)'
            )
        out.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(out))
        claim(out / FILE, self._identity(), self.settings.overwrite)
        entries = read_manifest(out)
        remove_leftovers(out, names, FILE)
        todo = [image for image in self.wanted if not _is_done(image, entries, out)]
        for image in todo:
            entries.pop(image.name, None)
        for name in {image.name for image in todo} | (set(before) - set(entries)):
            (out / name).unlink(missing_ok=True)  # half a batch, or of settings that are given up
        merge_manifest(out, entries)
        return [todo[rank::processes] for rank in range(processes)]

    def _work(self, images: list[Wanted], processes: Processes, model: Generator) -> None:
        if isinstance(model, torch.nn.Module):
            model.eval()
        size = self.settings.batch_size
        prepare = getattr(getattr(model, 'prompts', None), 'prepare', None)
        if prepare is not None:  # text encoders make room before the first batch
            prepare(['', *(image.prompt for image in images)], model.device)  # type: ignore[attr-defined]
        with (
            report(len(images), processes.rank, processes.number, 'generating') as shown,
            closing(Log(self.out, processes.rank)) as log,
        ):
            for start in range(0, len(images), size):
                batch = images[start : start + size]
                failed = 0
                for entry in self._batch(batch, model):
                    log.append(entry)
                    failed += entry['status'] == 'failed'
                shown.advance(failed, len(batch))

    def _batch(self, images: list[Wanted], model: Generator) -> Iterator[Entry]:
        """Yield the lines of the manifest, each after its image is written."""
        settings = self.settings
        try:
            made = model.generate(
                [image.prompt for image in images],
                [image.seed for image in images],
                settings.shape,
                settings.steps,
                settings.guidance,
            )
        except torch.OutOfMemoryError as error:
            raise ConfigError(
                f'the memory does not suffice for {len(images)} images at a time: lower '
                f'test_cfg.batch_size (--batch-size). {str(error).partition(".")[0]}'
            ) from error
        for image, pixels in zip(images, made[:, 0].detach().cpu().numpy(), strict=True):
            entry = {'content': image.name, 'prompt': image.prompt, 'seed': image.seed}
            if not np.isfinite(pixels).all():
                yield entry | {'status': 'failed', 'reason': 'values are NaN or infinite'}
                continue
            self._write(image, pixels)
            yield entry | {'status': 'done', 'output': image.name}

    def _write(self, image: Wanted, pixels: Any) -> None:
        """Write an image in the units of the training images."""
        settings = self.settings
        values = settings.inverse().invert(pixels)
        dtype = np.dtype(settings.dtype)
        if dtype.kind == 'u':
            values = np.clip(values, 0, np.iinfo(dtype).max)
        meta = RasterMeta((*settings.shape, 1), settings.dtype, settings.domain)
        write_raster(self.out / image.name, values, meta, dtype)

    def _identity(self) -> dict[str, Any]:
        """Return what images depend on beside prompt and seed."""
        settings = {k: plain(v) for k, v in vars(self.settings).items() if k not in _NOT_OF_IMAGES}
        model = {k: plain(v) for k, v in self.model.items() if k not in _NOT_OF_MODEL}
        digest = None
        if self.weights is not None:
            with Path(self.weights).open('rb') as file:
                digest = hashlib.file_digest(file, 'blake2s').hexdigest()
        return {'model': model, 'weights': digest, **settings}

    def _finish(self, shares: list[list[Wanted]]) -> Summary:
        """Write one manifest (the first process)."""
        entries = read_manifest(self.out)
        merge_manifest(self.out, entries)
        now = {image.name for share in shares for image in share}
        done = {name for name, entry in entries.items() if entry['status'] == 'done'}
        failed = {k: str(v['reason']) for k, v in entries.items() if v['status'] == 'failed'}
        return Summary(self.out, len(done), len(done & now), failed, 'generated')


def _is_done(image: Wanted, entries: Mapping[str, Entry], out: Path) -> bool:
    entry = entries.get(image.name)
    return (
        entry is not None
        and (entry['status'], entry.get('prompt'), entry.get('seed'))
        == ('done', image.prompt, image.seed)
        and (out / image.name).is_file()
    )
