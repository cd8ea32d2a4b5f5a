import gc
import subprocess
import sys
import threading

import pytest

from emotionet_tf.cli import lean_imports
from emotionet_tf.cli.lean_imports import lean_import


@pytest.fixture
def unused_package(tmp_path, monkeypatch) -> str:
    """Returns the name of a package that is installed, and that commands do without."""
    (tmp_path / "unused_package.py").write_text("answer = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(lean_imports, "_NEEDED_BY_NO_COMMAND", ("unused_package",))
    yield "unused_package"
    sys.modules.pop("unused_package", None)


def test_unused_package_is_missing_during_the_import_and_there_afterwards(unused_package):
    finders = list(sys.meta_path)
    with lean_import(), pytest.raises(ModuleNotFoundError, match="No module named 'unused_package'"):
        __import__(unused_package)
    assert __import__(unused_package).answer == 1
    assert sys.meta_path == finders


def test_other_threads_find_the_package_meanwhile(unused_package):
    found = []
    with lean_import():
        thread = threading.Thread(target=lambda: found.append(__import__(unused_package).answer))
        thread.start()
        thread.join()
    assert found == [1]


def test_garbage_is_not_looked_for_during_the_import():
    with lean_import():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_setuptools_gives_its_distutils_again_after_an_import_that_failed(tmp_path, monkeypatch):
    (tmp_path / "distutils.py").write_text("owner = 'Python'\n")
    monkeypatch.syspath_prepend(tmp_path)
    # Setuptools may be loaded here: it gets back the very modules that it knows.
    for name in [name for name in sys.modules if name.partition(".")[0] == "distutils"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match="of TensorFlow"), lean_import():
        import distutils

        assert distutils.owner == "Python"
        raise ImportError("of TensorFlow")
    assert "distutils" not in sys.modules


def test_command_imports_tensorflow_without_unused_packages_which_it_can_import_itself():
    code = (
        "import sys\nfrom emotionet_tf.cli import entry_point\n"
        "def main(arguments):\n"
        "    import tensorflow\n"
        "    print(sorted({'jax', 'matplotlib', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)))\n"
        "    import matplotlib, pandas\n"
        "    print(pandas.DataFrame({'au': [1, 0]}).shape, hasattr(matplotlib, 'rcParams'))\n"
        "entry_point.run(main)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n(2, 1) True\n", "")
