"""The distance up to which a pair is said to match."""

from typing import Any

from mmsar.errors import ConfigError


def require_threshold(value: Any, owner: str, other: str = '') -> float:
    """Return the threshold; distances are from 0 to 1.

    Args:
        value: What the user set.
        owner: What has it, for the message.
        other: What else it could be, for the message.

    Raises:
        ConfigError: It is not a number from 0 to 1.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and 0 <= value <= 1):
        raise ConfigError(
            f'{owner}: threshold={value!r} is no distance; give a number from 0 to 1{other}'
        )
    return float(value)
