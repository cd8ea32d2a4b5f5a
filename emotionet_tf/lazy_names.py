"""What is imported when it is first used, as TensorFlow takes seconds, and what goes with an import."""

from __future__ import annotations

import contextlib
import functools
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Returns a package's `__getattr__` (PEP 562).

    Args:
      package: The package's `__name__`.
      modules: For each public name, the module below the package that defines it.
    Raises:
      AttributeError: By the returned function, for any other name.
    """

    def import_name(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return import_name


def keep_old_names(moved: Mapping[str, str]) -> None:
    """Has modules imported under the names, too, that they had in earlier releases: they are the same modules.

    Args:
      moved: The names by the old ones.
    """
    sys.meta_path.append(_OldNames(moved))


class _OldNames(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads modules by their old names; asked last, where no file has that name."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._moved = moved
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._moved else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._moved[spec.name])
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import has given it the old name's.
        assert module.__spec__ is not None
        module.__spec__ = self._specs.pop(module.__spec__.name)


def after_imports(packages: Sequence[str], do: Callable[[], object]) -> None:
    """Does something once all of some packages have been imported: at once where they have, else whenever they will be.

    Args:
      packages: Their names, of packages that may import each other.
      do: What is to be done.
    """
    missing = {package for package in packages if package not in sys.modules}
    if not missing:
        do()

    @contextlib.contextmanager
    def noted(package: str) -> Iterator[None]:
        yield
        missing.discard(package)
        if not missing:
            do()

    for package in list(missing):
        around_import(package, functools.partial(noted, package))


def around_import(package: str, context: Callable[[], contextlib.AbstractContextManager[object]]) -> None:
    """Has a package that is not imported yet imported within a context, whenever that will be.

    Args:
      package: The package's name.
      context: Returns the context.
    """
    if package not in sys.modules:
        sys.meta_path.insert(0, _Watcher(package, context))


class _Watcher(importlib.abc.MetaPathFinder):
    """Finds one package by the finders behind it, until it is imported: others may only ask whether it is there."""

    def __init__(
        self, package: str, context: Callable[[], contextlib.AbstractContextManager[object]]
    ) -> None:
        self._package, self._context = package, context
        self._is_asking = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._package or self._is_asking or self not in sys.meta_path:
            return None
        self._is_asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._is_asking = False
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_within(module: ModuleType) -> None:
                if self not in sys.meta_path:
                    return execute(module)
                sys.meta_path.remove(self)
                with self._context():
                    return execute(module)

            spec.loader.exec_module = execute_within  # type: ignore[method-assign]
        return spec
