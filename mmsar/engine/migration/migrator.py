"""What a model must do to migrate a data set."""

from typing import Any, Protocol

from torch import Tensor

from mmsar.errors import ConfigError


class Images(Protocol):
    """What a migrator returns, such as :class:`mmsar.models.generation.Migrated`.

    Attributes:
        images: (N, 1, H, W), in [0, 1]; the contents' size.
        losses: By name, (steps, N); may be empty.
        patches: Number of places where the speckle of an image could be compared, (N,), or None.
        finite: Whether an image has become one, (N,).
    """

    @property
    def images(self) -> Tensor: ...  # noqa: D102

    @property
    def losses(self) -> dict[str, Tensor]: ...  # noqa: D102

    @property
    def patches(self) -> Tensor | None: ...  # noqa: D102

    @property
    def finite(self) -> Tensor: ...  # noqa: D102


class Migrator(Protocol):
    """A model of the registry ``MODELS`` that gives images another sensor's characteristics."""

    def migrate(self, contents: Tensor, styles: Tensor) -> Images:
        """Migrate a batch; what becomes of an image must not depend on the others.

        Args:
            contents: (N, 1, H, W), in [0, 1], float32, on the CPU.
            styles: References that all contents share, (S, 1, H, W), likewise.

        Raises:
            DataError: An image cannot be migrated. The batch is tried again image by image.
        """
        ...


def require_migrator(model: Any) -> None:
    """Check that a model can migrate.

    Raises:
        ConfigError: It has no ``migrate``.
    """
    if not callable(getattr(model, 'migrate', None)):
        raise ConfigError(
            f'{type(model).__name__} has no method migrate(contents, styles): set model to one '
            "that migrates, such as dict(type='mmsar.AttentionDistillation')"
        )
