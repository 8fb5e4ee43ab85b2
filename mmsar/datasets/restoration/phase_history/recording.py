"""A phase history, and what gives one of them for each number."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmsar.errors import ConfigError
from mmsar.simulation.isar import ISARRadar


@dataclass(frozen=True)
class Recording:
    """A phase history.

    Attributes:
        received: (frequencies, angles), complex.
        clean: Without noise and residual motion; the same array where nobody knows.
        radar: What was sampled.
        points: (P, 2), range and cross-range of single points in metres, for scenes of them.
    """

    received: NDArray[Any]
    clean: NDArray[Any]
    radar: ISARRadar
    points: NDArray[np.float64] | None = None


class Source(ABC):
    """A list of phase histories, each of which depends on its number alone."""

    @abstractmethod
    def keys(self) -> list[str]:
        """Return a name for each."""

    @abstractmethod
    def record(self, number: int) -> Recording:
        """Return one."""


def radar_of(settings: Mapping[str, Any]) -> ISARRadar:
    """Build the radar of a source.

    Raises:
        ConfigError: It has no such argument, or one is out of range.
    """
    try:
        return ISARRadar(**settings)
    except TypeError as error:
        fields = ', '.join(ISARRadar.__dataclass_fields__)
        raise ConfigError(f'radar: {error}; it takes {fields}') from None
