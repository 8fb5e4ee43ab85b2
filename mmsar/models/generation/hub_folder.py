"""Loading parts of a diffusion model from a folder or from the hub."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmsar.errors import CheckpointError


class HubFolder:
    """A folder in the format of the hub, or a name on it; what cannot be loaded is named.

    Args:
        name: The folder, or ``OWNER/MODEL`` (diffusers fetches it once and keeps it in its cache).
        variant: Of the weights' files, such as ``fp16``.
        revision: Of the repository on the hub.
        local_files_only: Fetch nothing.
    """

    def __init__(
        self,
        name: str,
        variant: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        self.name, self.variant, self.revision = name, variant, revision
        folder = Path(name).expanduser()
        self.folder = folder if folder.is_dir() else None
        self._source = str(self.folder or name)
        self._fetch = {'revision': revision, 'local_files_only': local_files_only}

    def require_files(self, files: Sequence[str], what: str) -> None:
        """Check that a folder has the files that its parts are loaded from.

        Args:
            files: Names below the folder.
            what: It should be, and how else to get it, for the message.

        Raises:
            CheckpointError: Some are missing.
        """
        if self.folder is None:
            return
        missing = [name for name in files if not (self.folder / name).is_file()]
        if missing:
            raise CheckpointError(f'{self.folder} has no {", ".join(missing)}: {what}')

    def load(self, kind: Any, part: str, **settings: Any) -> Any:
        """Return a part.

        Args:
            kind: Its class, with ``from_pretrained``.
            part: Its folder.
            **settings: Of ``from_pretrained``.

        Raises:
            CheckpointError: It cannot be loaded.
        """
        try:
            return kind.from_pretrained(self._source, subfolder=part, **self._fetch, **settings)
        except Exception as error:  # of many kinds, by file format and hub
            raise CheckpointError(self._cannot_load(part, error)) from error

    def load_weights(self, kind: Any, part: str, **settings: Any) -> Any:
        """Return a network, frozen, every weight of it from the file.

        Raises:
            CheckpointError: It cannot be loaded, or weights do not fit.
        """
        model, report = self.load(
            kind, part, variant=self.variant, output_loading_info=True, **settings
        )
        wrong = [*report['missing_keys'], *report['mismatched_keys'], *report['error_msgs']]
        if wrong:  # diffusers would leave them random, with a warning
            raise CheckpointError(
                f'{self.name}: the weights of {part} do not fit its config.json; {len(wrong)} are '
                f'missing or of another shape, such as {wrong[0]}; get the folder anew'
            )
        return model.requires_grad_(False).eval()

    def identity(self, *parts: str) -> str:
        """Return what tells this version of parts, and of those named after them, from others.

        Of a folder: names, sizes and times of its files. Of the hub: the commit, once fetched.
        """
        if self.folder is not None:
            files = sorted(file for part in parts for file in self.folder.glob(f'{part}*/*'))
            states = [(str(file.relative_to(self.folder)), file.stat()) for file in files]
            lines = (f'{name} {state.st_size} {state.st_mtime_ns}' for name, state in states)
            return hashlib.blake2s('\n'.join([*lines, str(self.variant)]).encode()).hexdigest()
        from huggingface_hub import try_to_load_from_cache

        path = try_to_load_from_cache(self.name, f'{parts[0]}/config.json', revision=self.revision)
        commit = Path(path).parent.parent.name if isinstance(path, str) else self.revision
        return f'{self.name} {commit} {self.variant}'

    def _cannot_load(self, part: str, error: Exception) -> str:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        if self.folder is not None:
            return f'{self.name}/{part} cannot be loaded: {lines[0]}'
        return (
            f'{self.name} is no folder here, and its {part} could not be fetched from the hub '
            f'under this name: {lines[0]}; give the path of a folder, or a name OWNER/MODEL of the '
            'hub'
        )
