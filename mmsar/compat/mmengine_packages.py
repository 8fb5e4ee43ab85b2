"""mmengine finds installed packages through ``pkg_resources``, which setuptools 82 dropped.

A Python 3.12 virtual environment never had it. Without this bridge
``_base_ = 'mmdet::...'`` ends in ``No module named 'pkg_resources'``.
"""

import importlib.util
import sys
from importlib import metadata
from pathlib import Path

import mmengine.utils.package_utils as upstream


def is_installed(package: str) -> bool:
    """Return whether a distribution or an importable package has this name."""
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None
    return True


def get_installed_path(package: str) -> str:
    """Return the folder of an installed package.

    Args:
        package: Name of a package (``mmdet``) or of a distribution (``mmcv-lite``).

    Raises:
        importlib.metadata.PackageNotFoundError: Nothing of this name is installed.
        RuntimeError: It is a namespace package, which has no one folder.
    """
    for module in (package, *_top_level_modules(package)):
        spec = importlib.util.find_spec(module)
        if spec is None:
            continue
        if spec.origin is None:
            raise RuntimeError(f'{package} is a namespace package and has no single folder')
        return str(Path(spec.origin).parent)
    raise metadata.PackageNotFoundError(package)


def package2module(package: str) -> str:
    """Return the import name of a distribution (``mmcv-lite`` -> ``mmcv``).

    Raises:
        ValueError: The distribution does not say, or is not installed.
    """
    modules = _top_level_modules(package)
    if not modules:
        raise ValueError(f'can not infer the module name of {package}')
    return modules[0]


def _top_level_modules(package: str) -> list[str]:
    try:
        text = metadata.distribution(package).read_text('top_level.txt')
    except metadata.PackageNotFoundError:
        return []
    return text.split() if text else []


def install() -> None:
    """Replace the three functions wherever mmengine imported them, if they use pkg_resources."""
    for function in (is_installed, get_installed_path, package2module):
        name = function.__name__
        old = getattr(upstream, name, None)
        if old is None or 'pkg_resources' not in old.__code__.co_names:
            continue
        for module in list(sys.modules.values()):
            if getattr(module, '__dict__', {}).get(name) is old:
                setattr(module, name, function)
