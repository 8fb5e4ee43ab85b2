"""The migration of a batch: read, migrate, write."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from mmsar.datasets.checks import some
from mmsar.engine.migration.image_files import ImageFile
from mmsar.engine.migration.migrator import Images, Migrator
from mmsar.engine.migration.settings import Folders
from mmsar.engine.migration.shares import Batch
from mmsar.engine.migration.values import Loaded, Values
from mmsar.engine.resumable.manifest import Entry
from mmsar.errors import ConfigError, DataError


def failure(content: ImageFile, reason: str) -> Entry:
    """Return the line of the manifest about an image that could not be migrated."""
    return {
        'content': content.name,
        'digest': content.digest,
        'status': 'failed',
        'reason': reason,
    }


class BatchMigration:
    """Migrates batches and writes their images.

    Args:
        model: What migrates.
        values: Reads and writes.
        folders: Where.
        outputs: Name of the result of each content.
    """

    def __init__(
        self, model: Migrator, values: Values, folders: Folders, outputs: Mapping[str, str]
    ) -> None:
        if isinstance(model, torch.nn.Module):
            model.eval()
        self.model, self.values = model, values
        self.folders, self.outputs = folders, outputs
        self._references = lru_cache(maxsize=4)(self._read_references)

    def run(self, batch: Batch) -> Iterator[Entry]:
        """Yield the lines of the manifest, each after its image is written.

        Raises:
            ConfigError: The memory does not suffice, or the model returns other images.
        """
        loaded: dict[ImageFile, Loaded] = {}
        for content in batch.contents:
            try:
                loaded[content] = self.values.read(self.folders.content / content.name)
            except DataError as error:
                yield failure(content, str(error))
        yield from self._migrate(loaded, batch.references)

    def _migrate(
        self, loaded: Mapping[ImageFile, Loaded], references: tuple[str, ...]
    ) -> Iterator[Entry]:
        if not loaded:
            return
        try:
            styles = self._references(references, next(iter(loaded)).shape)
            made = self._apply(loaded, styles)
        except DataError as error:
            if len(loaded) == 1:
                yield failure(next(iter(loaded)), str(error))
                return
            made = None
        if made is None:  # one of them may have spoilt the batch
            for content, image in loaded.items():
                yield from self._migrate({content: image}, references)
            return
        for number, (content, image) in enumerate(loaded.items()):
            yield self._write(content, image, made, number, references)

    def _apply(self, loaded: Mapping[ImageFile, Loaded], styles: Tensor) -> Images:
        images = [torch.from_numpy(image.image)[None] for image in loaded.values()]
        contents = torch.stack(images)
        try:
            made = self.model.migrate(contents, styles)
        except torch.OutOfMemoryError as error:
            raise ConfigError(
                f'the memory does not suffice for {len(images)} images of '
                f'{tuple(contents.shape[2:])} at a time: lower test_cfg.batch_size (--batch-size)'
                f', or model.size. {str(error).partition(".")[0]}'
            ) from error
        except Exception as error:
            error.add_note(f'while migrating {some([content.name for content in loaded])}')
            raise
        if made.images.shape != contents.shape:
            raise ConfigError(
                f'{type(self.model).__name__}.migrate returned {tuple(made.images.shape)} for '
                f'contents of {tuple(contents.shape)}; a migrator keeps their number and size'
            )
        return made

    def _write(
        self,
        content: ImageFile,
        image: Loaded,
        made: Images,
        number: int,
        references: tuple[str, ...],
    ) -> Entry:
        if not made.finite[number]:
            return failure(content, 'the result has values that are NaN or infinite')
        output = self.outputs[content.name]
        result = made.images[number, 0].detach().cpu().numpy()
        try:
            self.values.write(self.folders.out / output, result, image)
        except DataError as error:
            return failure(content, str(error))
        last = {name: float(steps[-1, number]) for name, steps in made.losses.items()}
        return {
            'content': content.name,
            'digest': content.digest,
            'status': 'done',
            'output': output,
            'references': list(references),
            'losses': {
                name: value if math.isfinite(value) else None for name, value in last.items()
            },
            'patches': None if made.patches is None else int(made.patches[number]),
        }

    def _read_references(self, names: tuple[str, ...], shape: tuple[int, int]) -> Tensor:
        """Return references, cut to a size about their centre, (S, 1, H, W)."""
        cut: list[Any] = []
        for name in names:
            image = self.values.read(self.folders.style / name).image
            row, column = ((a - b) // 2 for a, b in zip(image.shape, shape, strict=True))
            cut.append(torch.from_numpy(image[row : row + shape[0], column : column + shape[1]]))
        return torch.stack(cut)[:, None]
