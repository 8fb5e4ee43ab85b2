"""Reading ahead while the network computes."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar('T')
_PAUSE = 0.1  # seconds between looks at whether to stop


@contextmanager
def in_background(items: Iterable[T], ahead: int = 2) -> Iterator[Iterator[T]]:
    """Give the items of an iterable that a thread of its own makes.

    An error in the thread is raised where the items are taken. At the end of the block the thread
    has ended, whether all items were taken or not.

    Args:
        items: Made in the thread.
        ahead: So many wait at most.
    """
    waiting: Queue[tuple[str, Any]] = Queue(ahead)
    stop = Event()

    def put(kind: str, value: Any) -> None:
        while not stop.is_set():
            try:
                return waiting.put((kind, value), timeout=_PAUSE)
            except Full:
                continue

    def work() -> None:
        iterator = iter(items)
        try:
            while not stop.is_set():
                try:
                    item = next(iterator)
                except StopIteration:
                    break
                put('item', item)
            put('end', None)
        except BaseException as error:
            put('error', error)

    def take() -> Iterator[T]:
        while True:
            kind, value = waiting.get()
            if kind == 'error':
                raise value
            if kind == 'end':
                return
            yield value

    thread = Thread(target=work, name='reading', daemon=True)
    thread.start()
    try:
        with closing(take()) as taken:  # type: ignore[type-var]
            yield taken
    finally:
        stop.set()
        while thread.is_alive():
            try:
                waiting.get_nowait()
            except Empty:
                thread.join(_PAUSE)
