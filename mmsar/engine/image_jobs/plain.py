"""Settings as they are written into a folder of results."""

from collections.abc import Mapping
from typing import Any


def plain(node: Any) -> Any:
    """Return dictionaries and lists without the types of a config."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    return node
