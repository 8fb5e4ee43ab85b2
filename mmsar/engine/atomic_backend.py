"""Files that are there whole or not at all, for mmengine."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from mmsar.io.atomic import replacing


class AtomicLocalBackend(LocalBackend):
    """mmengine's local file backend with atomic writes (:func:`mmsar.io.replacing`)."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes."""
        with replacing(filepath) as temporary:
            temporary.write_bytes(obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write text."""
        self.put(obj.encode(encoding), filepath)


NAME = 'mmsar.atomic_local'
register_backend(NAME, AtomicLocalBackend, force=True)
