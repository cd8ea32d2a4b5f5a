"""The order of rooms: a module imports from its own room or from rooms above it, and no imports go in a circle."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "lazy_names",
    "action_units",
    "au_sets",
    "errors",
    "json_fields",
    "settings",
    "versions",
    "keras_versions",
    "cpu_cores",
    "gpu_memory",
    "runtimes",
    "intervals",
    "resampling",
    "storage",
    "label_lists",
    "photos",
    "console",
    "faces",
    "videos",
    "cli",
    "models",
    "synthetic",
    "downloads",
    "records",
    "preparation",
    "inspection",
    "stream",
    "training",
    "inference",
    "plots",
    "light",
    "page",
    "experiments",
    "configs",
    "bin",
)
"""From the top of the house to the bottom: a datum's way."""
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in ("emotionet_tf", "tfrecords_tools")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imports_of(source: str) -> set[str]:
    """Returns the modules and names that a module's text imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def rooms_of(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("emotionet_tf.")} - {"__version__"}


def upward_imports(room: str, source: str) -> set[str]:
    return {name for name in rooms_of(imports_of(source)) if ROOMS.index(name) > ROOMS.index(room)}


@pytest.mark.parametrize("name", [name for name in MODULES if name.count(".") and "tools" not in name])
def test_module_imports_no_room_below_its_own(name):
    room = name.split(".")[1]
    if room not in ("__init__", "__main__"):
        assert not upward_imports(room, MODULES[name].read_text(encoding="utf-8"))


def test_planted_upward_import_is_found():
    planted = "def late():\n    from emotionet_tf.training.train import train\n"
    assert upward_imports("stream", planted) == {"training"}


def test_models_need_no_room_but_the_au_table_errors_json_fields_storage_and_keras_versions():
    texts = [path.read_text(encoding="utf-8") for name, path in MODULES.items() if ".models." in name]
    assert set().union(*(rooms_of(imports_of(text)) for text in texts)) <= {
        "lazy_names",
        "models",
        "action_units",
        "errors",
        "json_fields",
        "storage",
        "keras_versions",
    }


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("tfrecords_tools.")])
def test_record_tools_do_not_import_the_commands(name):
    assert "bin" not in rooms_of(imports_of(MODULES[name].read_text(encoding="utf-8")))


def circles(imported: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yields a circle of imports for each module that is reached again from itself."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
        elif name not in done:
            for other in sorted(imported[name]):
                yield from walk(other, [*way, name])
            done.add(name)

    for name in sorted(imported):
        yield from walk(name, [])


def test_circle_is_found():
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c", "b"]]


def test_no_imports_go_in_a_circle():
    imported = {
        name: {other for other in imports_of(path.read_text(encoding="utf-8")) if other in MODULES} - {name}
        for name, path in MODULES.items()
    }
    assert list(circles(imported)) == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES.values()}), ids=lambda p: p.name)
def test_folder_holds_few_files(folder):
    # Commands have a file each, by their own names, and grow in number with what the library does.
    most = 24 if folder.name == "bin" else 16
    assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= most


def test_module_of_a_few_lines_serves_several_others():
    texts = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}
    importers = Counter(name for text in texts.values() for name in imports_of(text) if name in MODULES)
    commands = ("emotionet_tf.bin.", "tfrecords_tools.", "emotionet_tf.__main__")
    # Imported by their names: a registry's entries, a worker's command. The last two are an idea of their own each.
    others = (
        "emotionet_tf.models.backbones.mobilenet_v3",
        "emotionet_tf.preparation.local_beam_worker",
        "emotionet_tf.experiments.report.csv_files",
        "emotionet_tf.records.writing.au_records",
    )
    # Datasets' readers are entries of a registry, too; a short one is a dataset of its own.
    readers = ("emotionet_tf.label_lists.datasets.readers.",)
    crumbs = [
        name
        for name, text in texts.items()
        if text.count("\n") < 40
        and importers[name] < 2
        and MODULES[name].name != "__init__.py"
        and not name.startswith((*commands, *others, *readers))
    ]
    assert crumbs == []
