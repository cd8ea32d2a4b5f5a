import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.stages import Stage, run_stages


@pytest.fixture
def stage_of(tmp_path, monkeypatch):
    """Returns a maker of stages that add a line to a log, or fail."""
    (tmp_path / "log_line.py").write_text(
        "import pathlib, sys\nif sys.argv[2] == 'fail':\n    sys.exit(3)\n"
        "with open(sys.argv[1], 'a') as log:\n    print(sys.argv[2], file=log)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(name, text):
        return Stage(name, f"logging {text}", "log_line", (str(tmp_path / "log"), text))

    return make


def lines_of(tmp_path):
    return (tmp_path / "log").read_text().split()


def test_stages_run_in_order_and_only_once(stage_of, tmp_path):
    stages = [stage_of("one", "a"), stage_of("two", "b")]
    run_stages(stages, tmp_path / "done")
    run_stages(stages, tmp_path / "done")
    assert lines_of(tmp_path) == ["a", "b"]


def test_failure_ends_the_row_and_the_next_call_goes_on_there(stage_of, tmp_path):
    with pytest.raises(UserError, match=r"stage 2 \(two\) failed with exit code 3"):
        run_stages([stage_of("one", "a"), stage_of("two", "fail"), stage_of("three", "c")], tmp_path / "done")
    run_stages([stage_of("one", "a"), stage_of("two", "b"), stage_of("three", "c")], tmp_path / "done")
    assert lines_of(tmp_path) == ["a", "b", "c"]


def test_changed_command_runs_again(stage_of, tmp_path):
    run_stages([stage_of("one", "a")], tmp_path / "done")
    run_stages([stage_of("one", "b")], tmp_path / "done")
    assert lines_of(tmp_path) == ["a", "b"]


def test_command_is_what_a_shell_would_run(stage_of):
    assert stage_of("one", "a").command[:3] == ["python", "-m", "log_line"]
