from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.run_display import StatusLines


def test_last_line_says_that_all_is_done_where_its_node_needed_no_run(tmp_path, capsys):
    first, second = (Node(name, name, "module", (), (), ()) for name in ("first", "second"))
    console = StatusLines([first, second], 1, tmp_path)
    console.tell_done_before([])
    console.tell_end(first, 3, [])
    console.tell_done_before([second])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "[1/2] first: 3 s · 50 % done, about 3 s left",
        "[2/2] second: done before, and what it reads has not changed · all done in 0 s",
    ]
