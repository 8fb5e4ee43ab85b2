"""Two ways to act on an import that has not happened yet."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType


class FallbackFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Provide one module, asked only when no real one exists.

    Args:
        fullname: Dotted name of the module.
        create: Returns the module object; called at its first import.
        parent: Provide the module only if this package can be found.
    """

    def __init__(self, fullname: str, create: Callable[[], ModuleType], parent: str) -> None:
        self.fullname = fullname
        self.create = create
        self.parent = parent

    def install(self) -> None:
        """Put the finder at the end of ``sys.meta_path``, once per module name."""
        installed = (f.fullname for f in sys.meta_path if isinstance(f, FallbackFinder))
        if self.fullname not in installed:
            sys.meta_path.append(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for the one module this finder provides."""
        if fullname != self.fullname or self.parent not in sys.modules:
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Make the module."""
        return self.create()

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module is complete when created."""


class _AfterImport(importlib.abc.MetaPathFinder):
    """Let the real finders find one module, then run a callback on it."""

    def __init__(self, fullname: str, callback: Callable[[ModuleType], None]) -> None:
        self.fullname = fullname
        self.callback = callback
        self.searching = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the real spec with a loader that runs the callback last."""
        if fullname != self.fullname or self.searching:
            return None
        self.searching = True
        try:
            found = (f.find_spec(fullname, path, target) for f in sys.meta_path if f is not self)
            spec = next(filter(None, found), None)
        finally:
            self.searching = False
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            self.callback(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def after_import(fullname: str, callback: Callable[[ModuleType], None]) -> None:
    """Run ``callback(module)`` whenever the module is imported, and now if it already is.

    Args:
        fullname: Dotted name of the module.
        callback: Called with the module object.
    """
    hooks = ((f.fullname, f.callback) for f in sys.meta_path if isinstance(f, _AfterImport))
    if (fullname, callback) not in hooks:
        sys.meta_path.insert(0, _AfterImport(fullname, callback))
    if fullname in sys.modules:
        callback(sys.modules[fullname])
