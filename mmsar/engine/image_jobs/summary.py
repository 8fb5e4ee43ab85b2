"""What a job has come to."""

from dataclasses import dataclass
from pathlib import Path

from mmsar.errors import DataError

_LISTED = 20  # failures in a message


@dataclass(frozen=True)
class Summary:
    """Of all processes.

    Attributes:
        out: Folder of the results.
        total: Number of images that have become results, in this run or before.
        now: Those of this run.
        failed: Reason, by name of the image.
        what: Was done.
    """

    out: Path
    total: int
    now: int
    failed: dict[str, str]
    what: str = 'migrated'

    def __str__(self) -> str:
        """Say it in a line."""
        before = self.total - self.now
        text = f'{self.out}: {self.now} images {self.what}'
        text += f', {before} were there before' if before else ''
        return text + (f', {len(self.failed)} failed' if self.failed else '')

    def require_complete(self) -> None:
        """Check that no image has failed.

        Raises:
            DataError: Naming those that have, and why.
        """
        if not self.failed:
            return
        lines = [f'  {name}: {reason}' for name, reason in list(self.failed.items())[:_LISTED]]
        if len(self.failed) > _LISTED:
            lines.append(f'  and {len(self.failed) - _LISTED} more')
        raise DataError(
            f'{len(self.failed)} of {self.total + len(self.failed)} images could not be '
            f'{self.what}; the others are done:\n'
            + '\n'.join(lines)
            + '\nReplace or remove them and start '
            f'again; {self.out}/manifest.jsonl lists all'
        )
