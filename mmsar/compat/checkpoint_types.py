"""The types that a checkpoint may hold beyond torch's own, and how they are rebuilt safely.

mmengine's checkpoints hold ``HistoryBuffer`` (whose methods are pickled as
``getattr(HistoryBuffer, 'mean')``), numpy scalars and arrays; SARATR-X's hold
``argparse.Namespace``. Allowing these as they are would open holes: ``getattr`` leads from any
class to ``eval``, the constructor of ``HistoryBuffer`` follows ``__array_interface__`` to any
address, and a pickled ``numpy.dtype`` can hide that its bytes are object pointers. So stand-ins
take their places while a file is read.
"""

import argparse
import pickle
import re
from typing import Any, NoReturn

import numpy as np
from mmengine.logging import HistoryBuffer

_STATISTICS = ('min', 'max', 'mean', 'current')
_NO_CODE = r'[biufcSUMm]\d+'


def _refuse(name: str) -> NoReturn:
    raise pickle.UnpicklingError(f'Unsupported global: GLOBAL {name}')


def _history_statistic(*arguments: Any) -> Any:
    """Stand in for ``getattr`` while a checkpoint is read."""
    if len(arguments) == 2 and arguments[0] is _History and arguments[1] in _STATISTICS:
        return getattr(HistoryBuffer, arguments[1])
    _refuse('builtins.getattr')


def _empty_bytes(*arguments: Any) -> bytes:
    """Stand in for ``bytes``: empty arrays are pickled with a call of it without arguments."""
    return _refuse('builtins.bytes') if arguments else b''


class _History(HistoryBuffer):
    """Stands in for ``HistoryBuffer``, whose constructor would follow ``__array_interface__``."""

    def __init__(self, *arguments: Any) -> None:
        _refuse('mmengine.logging.HistoryBuffer()')

    def __setstate__(self, state: dict[str, Any]) -> None:
        state.pop('statistics_methods', None)  # they are of the class, not of the file
        self._set_default_statistics()
        self.__dict__.update(state)
        self.__class__ = HistoryBuffer


class _Dtype:
    """Stands in for ``numpy.dtype``, whose pickled state can hide that it holds objects."""

    def __init__(self, code: str, *flags: bool) -> None:
        if not re.fullmatch(_NO_CODE, code):
            _refuse(f'numpy.dtype({code!r})')
        self.value = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, subarray, names, fields, *_ = state
        if not subarray is names is fields is None:
            _refuse('numpy.dtype with fields')
        if self.value.kind in 'Mm':
            unit, number, *_ = state[8][1]
            self.value = np.dtype(f'{self.value.str}[{int(number)}{bytes(unit).decode()}]')
        self.value = self.value.newbyteorder(order)


class _Array(np.ndarray):
    """Stands in for ``numpy.ndarray``: numbers and text only."""

    def __new__(cls) -> '_Array':
        return super().__new__(cls, (0,), 'b')

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        version, shape, dtype, fortran, data = state
        if not (isinstance(dtype, _Dtype) and isinstance(data, bytes)):
            _refuse('numpy.ndarray of objects')
        super().__setstate__((version, shape, dtype.value, fortran, data))

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A plain torch.load() leaves stand-ins; saved again, they are arrays.
        return self.view(np.ndarray).__reduce_ex__(protocol)


def _reconstruct(kind: type, *arguments: Any) -> _Array:
    return _Array() if kind is _Array else _refuse('numpy._reconstruct')


def _scalar(dtype: _Dtype, data: bytes) -> Any:
    if not (isinstance(dtype, _Dtype) and isinstance(data, bytes)):
        _refuse('numpy.scalar of objects')
    return np.frombuffer(data, dtype.value, 1)[0]


def plain(value: Any, seen: dict[int, Any] | None = None) -> Any:
    """Replace the stand-ins for arrays by arrays, in place where possible."""
    seen = {} if seen is None else seen
    if isinstance(value, _Array):
        return value.view(np.ndarray)
    if id(value) in seen:
        return value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(plain(item, seen) for item in value)
    if isinstance(value, HistoryBuffer | argparse.Namespace):
        plain(value.__dict__, seen)
    elif isinstance(value, dict | list):
        seen[id(value)] = value
        for key in value if isinstance(value, dict) else range(len(value)):
            value[key] = plain(value[key], seen)
    return value


def safe_globals() -> list[Any]:
    """Return the types that mmengine's and SARATR-X's checkpoints need beyond torch's own."""
    allowed: list[Any] = [
        (_history_statistic, 'builtins.getattr'),
        (_empty_bytes, 'builtins.bytes'),
        (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
        argparse.Namespace,
        (_Array, 'numpy.ndarray'),
        (_Dtype, 'numpy.dtype'),
    ]
    # Files written with numpy 1 and with numpy 2 name the same functions differently.
    for package in ('numpy.core', 'numpy._core'):
        allowed += [
            (_scalar, f'{package}.multiarray.scalar'),
            (_reconstruct, f'{package}.multiarray._reconstruct'),
        ]
    return allowed
