"""Timing alternatives of one computation."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def time_in_turns(
    alternatives: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Time alternatives one after the other, in each round anew, after one round that warms up.

    Measured is the CPU time of the process, which other jobs on the machine disturb less than the
    clock on the wall: compare alternatives that use equally many threads.

    Returns:
        Seconds of each alternative in each round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in alternatives}
    for number in range(1 + rounds):
        for name, compute in alternatives.items():
            start = time.process_time()
            compute()
            if number:
                seconds[name].append(time.process_time() - start)
    return seconds


def describe_ratio(slow: Sequence[float], fast: Sequence[float]) -> str:
    """Return how many times as long ``slow`` takes: median over the rounds, and the range."""
    ratios = [a / b for a, b in zip(slow, fast, strict=True)]
    return f'{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})'
