import io

import pytest

from emotionet_tf.console import progress
from emotionet_tf.console.progress import CountLine, bars_ended


def test_last_line_says_what_the_whole_took(capsys):
    line = CountLine("photos")
    line(0, 4)
    line(2, 4)
    line(4, 4)
    assert "4/4 photos" in capsys.readouterr().out.splitlines()[-1]


def test_work_of_an_earlier_call_is_mentioned_and_not_counted_as_speed(capsys):
    line = CountLine("photos")
    line(90, 100)
    assert capsys.readouterr().out == "90 of 100 photos were done before; resuming\n"


def test_nothing_left_to_do_prints_nothing_absurd(capsys):
    line = CountLine("photos")
    line(5, 5)
    line(5, 5)
    assert capsys.readouterr().out.splitlines()[-1] == "5/5 photos"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_terminal_gets_a_bar_and_a_line_in_its_place_at_the_end(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setattr(progress, "_TERMINAL_SECONDS", 0.0)
    line = CountLine("photos of {opt}")
    line(1, 4)
    line(2, 4, ", 1 host put aside")
    bar = screen.getvalue()
    assert bar.startswith("1 of 4 photos of {opt} were done before; resuming\n")
    assert "photos of {opt}:  50%|" in bar
    assert "2/4 [" in bar
    assert ", 1 host put aside]" in bar
    line(4, 4)
    assert screen.getvalue().rpartition("\r")[2].startswith("4/4 photos of {opt}, ")
    assert screen.getvalue().endswith("s\n")


def test_error_begins_on_a_line_of_its_own(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    with pytest.raises(KeyboardInterrupt), bars_ended():
        line = CountLine("photos")
        line(0, 4)
        line(2, 4)
        assert not screen.getvalue().endswith("\n")
        raise KeyboardInterrupt
    assert screen.getvalue().endswith("\n")
    assert "2/4" in screen.getvalue().splitlines()[-1]


def test_log_gets_a_line_every_15_seconds_and_at_the_end(monkeypatch, capsys):
    seconds = iter([0.0, 10.0, 16.0, 20.0, 32.0, 33.0])
    monkeypatch.setattr("emotionet_tf.console.progress.time.monotonic", lambda: next(seconds) + 100)
    line = CountLine("photos")
    for num_done in (0, 10, 16, 20, 32, 33):
        line(num_done, 33)
    assert capsys.readouterr().out.splitlines() == [
        "10/33 photos, 1.0/s, 23 s left",
        "32/33 photos, 1.0/s, 1 s left",
        "33/33 photos, 1.0/s, took 33 s",
    ]
