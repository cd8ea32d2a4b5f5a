import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.run import run_nodes


def test_log_marks_attempts_in_lines_of_their_own(tmp_path, monkeypatch, capsys):
    (tmp_path / "breaks_off.py").write_text("import sys; print(sys.argv[1], end=''); sys.exit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for text in ("step 10 of", "step 20 of"):
        node = Node("a", "", "breaks_off", (text,), (), (tmp_path / "out",))
        with pytest.raises(UserError, match="a failed with exit code 1"):
            run_nodes([node], tmp_path / "state")
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if "step" in line] == ["  | step 10 of", "  | step 20 of"]
    lines = (tmp_path / "state" / "a.log").read_text().splitlines()
    assert [line.split()[1] for line in lines if line.startswith("===")] == ["started", "ended"] * 2


def test_line_that_looks_like_an_error_of_ours_is_no_reason(tmp_path, monkeypatch, capsys):
    (tmp_path / "prints.py").write_text(
        "import sys; print('=== started'); print('error: 0 found'); sys.exit(3)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    node = Node("a", "", "prints", (), (), (tmp_path / "out",))
    with pytest.raises(UserError, match="a failed with exit code 3; its log, whose end is above"):
        run_nodes([node], tmp_path / "state")
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  |")]
    assert shown == ["  | === started", "  | error: 0 found"]
