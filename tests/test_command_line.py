import subprocess
import sys


def run_main(body: str) -> subprocess.CompletedProcess:
    code = (
        "from emotionet_tf import command_line\nfrom emotionet_tf.errors import UserError\n"
        f"def main(arguments):\n    {body}\ncommand_line.run(main)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_users_mistake_is_one_line_and_exit_code_2():
    result = run_main("raise UserError('view side is none of close_up, context')")
    assert (result.returncode, result.stderr) == (2, "error: view side is none of close_up, context\n")


def test_file_that_cannot_be_opened_is_named():
    result = run_main("open('/none/there')")
    assert (result.returncode, result.stderr) == (2, "error: /none/there: No such file or directory\n")


def test_our_own_mistake_keeps_its_traceback():
    result = run_main("raise KeyError('ours')")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_interruption_says_how_to_go_on():
    result = run_main("raise KeyboardInterrupt")
    assert (result.returncode, result.stderr) == (130, "interrupted; run the same command again to go on\n")


def test_environment_is_set_for_tensorflow_but_what_is_set_already_is_kept():
    result = run_main(
        "import os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'], os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    )
    assert result.stdout.split() == ["1", "3"]
