"""What is wrong with a flag is one line that names it, its value and what it takes."""

import re

import pytest
from absl import flags

from emotionet_tf.cli import flag_parsing
from emotionet_tf.cli.flag_parsing import parse_flags, passed_on_flags
from emotionet_tf.errors import UserError


@pytest.fixture(autouse=True)
def values(monkeypatch):
    """Flags of a command, apart from those that modules define."""
    own = flags.FlagValues()
    flags.DEFINE_string("photos_dir", None, "A folder.", flag_values=own, required=True)
    flags.DEFINE_string("output_dir", None, "A folder.", flag_values=own, required=True)
    flags.DEFINE_integer("num_steps", 1, "A number.", flag_values=own)
    flags.DEFINE_integer("seed", 0, "A number.", lower_bound=0, flag_values=own)
    flags.DEFINE_float("share", 0.5, "A number.", lower_bound=0, upper_bound=1, flag_values=own)
    flags.DEFINE_bool("all_faces", False, "Or not.", flag_values=own)
    flags.DEFINE_enum("view", "both", ["both", "context"], "One of them.", flag_values=own)
    flags.DEFINE_list("aus", [], "Some.", flag_values=own)
    monkeypatch.setattr(flag_parsing.flags, "FLAGS", own)
    return own


GIVEN = ("command", "--photos_dir=p", "--output_dir=o")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--num_stps=3"], "unknown flag --num_stps; did you mean --num_steps?"),
        (["--num-steps=3"], "unknown flag --num-steps; did you mean --num_steps?"),
        (["--noall_face"], "unknown flag --noall_face; did you mean --noall_faces or --all_faces?"),
        (["--zoom"], "unknown flag --zoom; --help lists the flags"),
        (["--num_steps=abc"], "--num_steps=abc is not an integer"),
        (["--num_steps=1.5"], "--num_steps=1.5 is not an integer"),
        (["--num_steps="], "--num_steps= is not an integer"),
        (["--seed=-1"], "--seed=-1 is not a non-negative integer"),
        (["--share=half"], "--share=half is not a number in the range [0, 1]"),
        (["--share=2"], "--share=2 is not a number in the range [0, 1]"),
        (["--view=side"], "--view must be one of both, context, got 'side'"),
        (["--view=a\nb"], "--view must be one of both, context, got 'a b'"),
        (["--all_faces=maybe"], "--all_faces=maybe is neither true nor false"),
        (["--noall_faces=1"], "--noall_faces=1 does not take an argument"),
        (["--num_steps"], "--num_steps needs a value"),
        (["--flagfile"], "--flagfile needs a value"),
    ],
)
def test_wrong_flag_is_named_with_its_value_and_what_it_takes(arguments, message):
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        parse_flags([*GIVEN, *arguments])


def test_list_that_cannot_be_read_is_one_line():
    with pytest.raises(UserError, match='^--aus="1,2: .*$'):
        parse_flags([*GIVEN, '--aus="1,2'])


def test_missing_flags_are_named_with_their_dashes():
    with pytest.raises(
        UserError, match="^--photos_dir, --output_dir must be given; --help says what they are$"
    ):
        parse_flags(["command"])
    with pytest.raises(UserError, match="^--output_dir must be given; --help says what it is$"):
        parse_flags(["command", "--photos_dir=p"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"--num_stps=3\n", "unknown flag --num_stps in --flagfile={}; did you mean --num_steps?"),
        (b"--num_steps=abc\n", "--num_steps=abc is not an integer"),
        (b"--flagfile={}\n", "--flagfile {} includes itself"),
        (b"\xff\xfe--num_steps=3", "--flagfile={} is not UTF-8 text"),
        (None, "--flagfile cannot be read: {}: No such file or directory"),
    ],
)
@pytest.mark.parametrize("form", ["--flagfile={}", "--flagfile {}"])
def test_mistake_in_a_flag_file_is_told(tmp_path, content, message, form):
    path = tmp_path / "flags.txt"
    if content is not None:
        path.write_bytes(content.replace(b"{}", str(path).encode()))
    with pytest.raises(UserError, match=f"^{re.escape(message.format(path))}$"):
        parse_flags([*GIVEN, *form.format(path).split(" ")])


def test_right_flags_are_taken_and_the_rest_is_left(tmp_path, values):
    path = tmp_path / "flags.txt"
    path.write_text("# steps\n--num_steps=3\n--view=context\n")
    assert parse_flags([*GIVEN, f"--flagfile={path}", "--view=both", "stray"]) == ["command", "stray"]
    assert (values.num_steps, values.view, values.seed) == (3, "both", 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--source=a=b"], "--source is not handed on: this command decides what is learnt from"),
        (["--steps", "7", "-source", "x"], "--source is not handed on"),
        (["ownnet3"], "behind -- there are flags only, such as --name=value; got 'ownnet3'"),
        (["--steps=7", "8"], "there are flags only.*got '8'"),
    ],
)
def test_what_a_command_decides_itself_is_not_handed_on(given, message):
    with pytest.raises(UserError, match=message):
        passed_on_flags(given, "", {"source": "what is learnt from"})


def test_flags_of_a_file_are_handed_on_before_those_behind_the_dashes(tmp_path):
    (tmp_path / "a.flags").write_text("# comment\n--steps=7\n--source=x\n")
    handed_on = passed_on_flags(["--steps", "9"], str(tmp_path / "a.flags"), {})
    assert handed_on == ("--steps=7", "--source=x", "--steps", "9")
    with pytest.raises(UserError, match="--source is not handed on"):
        passed_on_flags([], str(tmp_path / "a.flags"), {"source": "what is learnt from"})
    with pytest.raises(UserError, match="the file of flags cannot be read: .*b.flags"):
        passed_on_flags([], str(tmp_path / "b.flags"), {})
    (tmp_path / "c.flags").write_bytes(b"--steps=\x80\n")
    with pytest.raises(UserError, match="the file of flags .*c.flags is not UTF-8 text"):
        passed_on_flags([], str(tmp_path / "c.flags"), {})
