"""Figures of matplotlib, drawn without a window."""

from typing import Any


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of matplotlib in inches, outside of any window or global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout='constrained')
