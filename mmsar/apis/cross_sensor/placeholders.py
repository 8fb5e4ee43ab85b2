"""Words in options that stand for folders and seeds."""

from collections.abc import Mapping
from typing import Any


def replace_all(node: Any, known: Mapping[str, str]) -> Any:
    """Replace words in all strings below a node, also where they are part of a longer one."""
    if isinstance(node, Mapping):
        return {key: replace_all(value, known) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [replace_all(value, known) for value in node]
    if isinstance(node, str):
        for word, value in known.items():
            node = node.replace(word, value)
    return node
