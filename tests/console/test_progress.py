from emotionet_tf.console.progress import CountLine


def test_last_line_says_what_the_whole_took(capsys):
    line = CountLine("photos")
    line(0, 4)
    line(2, 4)
    line(4, 4)
    assert "4/4 photos" in capsys.readouterr().out.splitlines()[-1]


def test_work_of_an_earlier_call_is_mentioned_and_not_counted_as_speed(capsys):
    line = CountLine("photos")
    line(90, 100)
    assert capsys.readouterr().out == "90 of 100 photos were done before; going on\n"


def test_nothing_left_to_do_prints_nothing_absurd(capsys):
    line = CountLine("photos")
    line(5, 5)
    line(5, 5)
    assert capsys.readouterr().out.splitlines()[-1] == "5/5 photos"
