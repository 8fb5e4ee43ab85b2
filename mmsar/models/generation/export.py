"""Folders of Stable Diffusion with a part that was trained here."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from mmsar.errors import ConfigError
from mmsar.models.generation.hub_folder import HubFolder


def export_pipeline(hub: HubFolder | None, out: Path, **parts: Any) -> None:
    """Write a folder in the format of the hub, with some of its parts replaced.

    Args:
        hub: Where the other parts are; a folder.
        out: Must not exist.
        **parts: Networks of diffusers by the names of their folders.

    Raises:
        ConfigError: The folder exists, or the model was not loaded from one.
    """
    if out.exists():
        raise ConfigError(f'{out} exists; name another folder, or delete it first')
    if hub is None or hub.folder is None:
        raise ConfigError(
            'a folder can be made of one only: set model.pretrained to a folder in the format of '
            'the hub (huggingface-cli download OWNER/MODEL --local-dir FOLDER)'
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f'.{out.name}.', dir=out.parent))
    try:
        ignored = shutil.ignore_patterns(*parts, '.*')
        shutil.copytree(hub.folder, temporary, ignore=ignored, dirs_exist_ok=True)
        for name, part in parts.items():
            part.save_pretrained(temporary / name)
        temporary.chmod(0o755)
        temporary.replace(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
