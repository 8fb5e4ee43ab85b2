"""What makes contents before they are migrated."""

from pathlib import Path
from typing import Protocol


class ContentJob(Protocol):
    """A generator of images, as :class:`mmsar.MigrationHook` runs it; built from the config.

    Register it in ``mmsar.registry.JOBS``.
    """

    def run(self, folder: Path) -> Path:
        """Write images, in folders of their classes if they have any.

        Every process calls it, and it shares the work among them. A second call does what is
        missing. Random draws follow a seed of its config.

        Args:
            folder: Where to write; it may not be there yet.

        Returns:
            The folder to migrate: this one, or one in it.
        """
        ...
