"""Names of a package that are imported when they are first used: TensorFlow, which many need, takes seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


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
