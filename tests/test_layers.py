"""The order of layers in design: a file imports from its own layer or lower ones."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {
        "errors",
        "files",
        "paths",
        "durations",
        "progress",
        "run_settings",
        "versions",
        "action_units",
        "flag_parsing",
        "command_line",
    },
    {"examples", "label_lists", "pictures"},
    {"faces", "detector_flags"},
    {"downloads"},
    {"synthetic"},
    {"data"},
    {"models"},
    {"training"},
    {"inference"},
    {"experiments"},
    {"bin"},
]
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(
    path for path in (ROOT / "emotionet_tf").rglob("*.py") if path.parent.name != "emotionet_tf"
) + sorted(path for path in (ROOT / "emotionet_tf").glob("*.py") if path.name != "__init__.py")


def imported_parts(path: Path) -> set[str]:
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        parts |= {name.split(".")[1] for name in names if name.startswith("emotionet_tf.")}
    return parts - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_its_own_layer_or_lower_ones_only(path):
    part = path.relative_to(ROOT / "emotionet_tf").parts[0].removesuffix(".py")
    upward = {name for name in imported_parts(path) if RANKS[name] > RANKS[part]}
    assert not upward, f"{part} imports {upward}"


def test_models_need_no_part_but_the_au_table_errors_files_and_paths():
    imported = set().union(
        *(imported_parts(path) for path in (ROOT / "emotionet_tf" / "models").glob("*.py"))
    )
    assert imported <= {"models", "action_units", "errors", "files", "paths"}


@pytest.mark.parametrize("path", sorted((ROOT / "tfrecords_tools").glob("*.py")), ids=lambda path: path.name)
def test_record_tools_do_not_import_the_commands(path):
    assert "bin" not in imported_parts(path)
