import importlib.util
import sys
from contextlib import contextmanager

from emotionet_tf.lazy_names import after_imports, around_import


def write_packages(folder, **sources: str) -> None:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)


def test_something_is_done_once_packages_that_import_each_other_are_there(tmp_path, monkeypatch):
    write_packages(tmp_path, outer_one="import inner_two\nanswer = 1\n", inner_two="answer = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    finders, seen = list(sys.meta_path), []
    after_imports(
        ("outer_one", "inner_two"),
        lambda: seen.append((sys.modules["outer_one"].answer, sys.modules["inner_two"].answer)),
    )
    assert importlib.util.find_spec("inner_two") is not None and seen == []
    import outer_one  # noqa: F401

    assert seen == [(1, 2)] and sys.meta_path == finders
    after_imports(("outer_one", "inner_two"), lambda: seen.append("at once"))
    assert seen[1:] == ["at once"]


def test_who_only_asks_whether_a_package_is_there_does_not_end_the_waiting(tmp_path, monkeypatch):
    write_packages(tmp_path, waited_for="answer = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    events = []

    @contextmanager
    def noted():
        events.append("before")
        yield
        events.append(sys.modules["waited_for"].answer)

    around_import("waited_for", noted)
    for _ in range(3):
        assert importlib.util.find_spec("waited_for") is not None
    assert events == []
    import waited_for  # noqa: F401

    assert events == ["before", 3]


def test_package_that_is_missing_stays_missing():
    finders = list(sys.meta_path)
    after_imports(("no_such_package",), lambda: None)
    assert importlib.util.find_spec("no_such_package") is None
    sys.meta_path[:] = finders
