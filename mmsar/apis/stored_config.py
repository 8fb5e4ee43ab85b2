"""Reading the config that mmengine stores in a checkpoint as text."""

import ast
import math
from typing import Any

from mmsar.errors import ConfigError


def read_stored_config(text: str, source: str) -> dict[str, Any]:
    """Read a config's ``pretty_text`` without running it.

    mmengine's ``Config.fromstring`` executes the text as a Python file, and a checkpoint must not
    be able to run code. Here only what ``pretty_text`` writes of plain settings is understood:
    assignments of numbers, strings, lists, tuples, sets and dictionaries.

    Args:
        text: ``meta['cfg']`` of a checkpoint.
        source: Where it is from, for messages.

    Returns:
        The settings by name.

    Raises:
        ConfigError: There is anything else in it.
    """
    config = {}
    try:
        for statement in ast.parse(text).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    config[name] = _value(value)
                case _:
                    raise _NotPlainError(statement.lineno)
    except (_NotPlainError, SyntaxError, RecursionError, ValueError) as error:
        line = getattr(error, 'lineno', None) or getattr(error, 'line', '?')
        raise ConfigError(
            f'{source}: line {line} of the config stored in it is no plain setting, and it is not '
            'run; give the config file: --config FILE'
        ) from error
    return config


class _NotPlainError(Exception):
    """A node of the syntax tree is not a plain value."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _value(node: ast.expr) -> Any:
    """Return what an expression of plain values gives."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id='inf' | 'nan' as name):
            return getattr(math, name)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id='inf')):
            return -math.inf
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Dict(keys=keys, values=values) if all(keys):
            return {_value(k): _value(v) for k, v in zip(keys, values, strict=True) if k}
        case ast.Call(func=ast.Name(id='dict'), args=[], keywords=keywords) if all(
            keyword.arg for keyword in keywords
        ):
            return {str(keyword.arg): _value(keyword.value) for keyword in keywords}
        case ast.Call(func=ast.Name(id='dict'), args=[ast.Dict() as content], keywords=[]):
            return _value(content)
        case _:
            raise _NotPlainError(node.lineno)
