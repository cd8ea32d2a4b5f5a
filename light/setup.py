"""Builds emotionet-tf-light from the library's own files: the modules that its command imports, and the networks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ROOTS = ("emotionet_tf.light.command", "emotionet_tf.__init__", "emotionet_tf.inference.face_result")
DATA = ("configs/onnx/*.onnx", "configs/onnx/mtcnn/*", "py.typed")


def file_of(module: str) -> Path | None:
    """Returns a module's file, None where there is none of that name."""
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()), None)


def imported(path: Path) -> Iterator[str]:
    """Yields what a file imports when it is imported: not what functions import, nor what type checkers read."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules() -> set[Path]:
    """Returns the files that the command needs, with the `__init__.py` of each folder on the way."""
    found: set[Path] = set()
    to_do = [file for name in ROOTS if (file := file_of(name))]
    while to_do:
        file = to_do.pop()
        if file in found:
            continue
        found.add(file)
        packages = (
            folder / "__init__.py" for folder in file.parents if folder.is_relative_to(ROOT / "emotionet_tf")
        )
        to_do += [path for path in packages if path.is_file()]
        to_do += [
            path for name in imported(file) if name.startswith("emotionet_tf") and (path := file_of(name))
        ]
    return found


class BuildLight(build_py):
    """Takes the needed modules of each package only."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """Returns package, module and file of each module."""
        needed = modules()
        every = super().find_package_modules(package, package_dir)
        return [entry for entry in every if Path(entry[2]).resolve() in needed]


def main() -> None:
    """Builds."""
    packages = sorted({".".join(path.parent.relative_to(ROOT).parts) for path in modules()})
    text = (ROOT / "emotionet_tf" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.*)"$', text, re.M)
    assert version, "emotionet_tf says no version"
    setup(
        version=version[1],
        packages=packages,
        package_dir={"emotionet_tf": "../emotionet_tf"},
        package_data={"emotionet_tf": list(DATA)},
        include_package_data=False,
        cmdclass={"build_py": BuildLight},
    )


if __name__ == "__main__":  # as it is for whoever builds
    main()
