"""What is left to do, and who does it."""

from dataclasses import dataclass
from typing import Any

from mmsar.datasets.recognition.chip_files import require_chips
from mmsar.engine.image_jobs.folder import remove_leftovers, require_own
from mmsar.engine.image_jobs.manifest import Entry, claim, merge_manifest, read_manifest
from mmsar.engine.image_jobs.plain import plain
from mmsar.engine.migration.batch import failure
from mmsar.engine.migration.image_files import ImageFile, inspect, output_names
from mmsar.engine.migration.references import Choice, References
from mmsar.engine.migration.settings import FILE, Folders, MigrationSettings
from mmsar.engine.migration.shares import Batch, make_batches, share
from mmsar.engine.migration.values import Values
from mmsar.engine.migration.weights import digest_of
from mmsar.errors import DataError


@dataclass(frozen=True)
class Plan:
    """The work of all processes.

    Attributes:
        shares: Batches of each process.
        outputs: Name of the result of each content.
    """

    shares: list[list[Batch]]
    outputs: dict[str, str]


def survey(
    folders: Folders, choice: Choice, name: str | None
) -> tuple[list[ImageFile], References]:
    """Read all files once and return contents and references.

    Nothing is written.

    Args:
        folders: Where they are.
        choice: Of references.
        name: Variable of NPZ and MAT files.

    Raises:
        DataError: A folder has no images, a reference cannot be read, or the folder of the results
            has images of another origin.
    """
    names = require_chips(folders.content, 'the content folder')
    styles = require_chips(folders.style, 'the style folder')
    require_own(folders.out, output_names(names).values(), FILE)
    contents = inspect(folders.content, names, name)
    references = References(inspect(folders.style, styles, name), choice)
    references.require_classes(contents)
    return contents, references


def make_plan(
    settings: MigrationSettings,
    folders: Folders,
    values: Values,
    contents: list[ImageFile],
    references: References,
    processes: int,
) -> Plan:
    """Find out what is not done yet, note what cannot be, and share the rest.

    Args:
        settings: Of the migration.
        folders: Where; those of the results exist.
        values: Reads references, to see that they can be used.
        contents: All of them.
        references: To choose from.
        processes: Number of shares.

    Raises:
        DataError: A reference cannot be used, or results were made with other settings.
    """
    outputs = output_names([content.name for content in contents])
    claim(folders.out / FILE, _identity(settings, references), settings.overwrite)
    remove_leftovers(folders.out, outputs.values(), FILE)
    entries = {k: v for k, v in read_manifest(folders.out).items() if k in outputs}
    todo = [c for c in contents if not _is_done(c, entries.get(c.name), folders)]
    for content in todo:
        entries.pop(content.name, None)
        (folders.out / outputs[content.name]).unlink(missing_ok=True)
    chosen: dict[ImageFile, tuple[str, ...]] = {}
    for content in todo:
        try:
            if content.problem:
                raise DataError(content.problem)
            chosen[content] = references.of(content)
        except DataError as error:
            entries[content.name] = failure(content, str(error))
    merge_manifest(folders.out, entries)
    # Before hours of work: a reference that cannot be used would spoil many images.
    for file in sorted({file for files in chosen.values() for file in files}):
        values.read(folders.style / file)
    batches = make_batches(chosen, settings.batch_size, processes)
    return Plan(share(batches, processes), outputs)


def _identity(settings: MigrationSettings, references: References) -> dict[str, Any]:
    """Return what results depend on beside their contents."""
    weights = {} if settings.weights is None else {'weights': digest_of(settings.weights)}
    return {
        'model': plain(settings.model),
        **weights,
        'load': plain(settings.load),
        'stretch': plain(settings.stretch),
        'styles': {**vars(references.choice), 'files': references.digest},
    }


def _is_done(content: ImageFile, entry: Entry | None, folders: Folders) -> bool:
    return (
        entry is not None
        and entry['status'] == 'done'
        and not content.problem
        and entry['digest'] == content.digest
        and (folders.out / entry['output']).is_file()
    )
