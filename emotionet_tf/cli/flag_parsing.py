"""A command line's flags, parsed; what is wrong with one becomes a line with its name, its value and what it takes."""

from __future__ import annotations

import contextlib
import difflib
import io
import re
from collections.abc import Mapping, Sequence

from absl import flags

from emotionet_tf.errors import UserError

_WRONG_VALUE = re.compile(r"flag --(\w+)=(.*?): (.*)", re.DOTALL)
_NO_VALUE = re.compile(r"Missing value for flag (.*)")
_NOT_GIVEN = re.compile(r"flag --(\w+)=None: ")
_CIRCLE = re.compile(r"circular flagfile dependency.*: *(.+)")


def parse_flags(arguments: list[str]) -> list[str]:
    """Parses a command's flags, also those in files that `--flagfile` names.

    Args:
      arguments: The command and what follows it.
    Returns:
      The command, and what is not a flag.
    Raises:
      UserError: If a flag is unknown, missing, or has a value that it does not take; or if a flag file cannot be read
        or includes itself.
    """
    notes = io.StringIO()
    try:
        # absl skips a file that includes itself, with a note.
        with contextlib.redirect_stderr(notes):
            rest = flags.FLAGS(arguments)
    except flags.UnrecognizedFlagError as error:
        raise UserError(_unknown(error.flagname, arguments)) from error
    except flags.CantOpenFlagFileError as error:
        cause = error.__context__
        is_os_error = isinstance(cause, OSError)
        reason = f"{cause.filename}: {cause.strerror}" if is_os_error else str(error)  # type: ignore[union-attr]
        raise UserError(f"--flagfile cannot be read: {reason}") from error
    except flags.IllegalFlagValueError as error:
        raise UserError(_not_taken(str(error))) from error
    except UnicodeDecodeError as error:
        raise UserError(f"--flagfile{_flag_files(arguments)} is not UTF-8 text") from error
    except (flags.Error, ValueError) as error:
        no_value = _NO_VALUE.fullmatch(str(error))
        raise UserError(f"{no_value[1]} needs a value" if no_value else _one_line(str(error))) from error
    if circle := _CIRCLE.search(notes.getvalue()):
        raise UserError(f"--flagfile {circle[1]} includes itself")
    return rest


def passed_on_flags(
    arguments: Sequence[str], flag_file: str, not_passed_on: Mapping[str, str]
) -> tuple[str, ...]:
    """Returns the flags that a command hands on to another one, those of a file of flags first.

    Args:
      arguments: What stood behind `--`.
      flag_file: Path of a file of flags; empty for none. Files that it includes are read as well.
      not_passed_on: Flags that the command decides itself, and what it decides by each.
    Raises:
      UserError: If the file cannot be read, something is not a flag, or one is given that the command decides.
    """
    files = [f"--flagfile={flag_file}"] if flag_file else []
    try:
        _, *found = flags.FlagValues().read_flags_from_files(["command", *files, *arguments], force_gnu=True)
    except flags.CantOpenFlagFileError as error:
        raise UserError(f"the file of flags cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the file of flags {flag_file or ''} is not UTF-8 text") from error
    is_value = False
    for text in found:
        is_flag = text.startswith("-")
        if not is_flag and not is_value:
            raise UserError(f"behind -- there are flags only, such as --name=value; got {text!r}")
        name, equals, _ = text.lstrip("-").partition("=")
        if is_flag and name in not_passed_on:
            raise UserError(f"--{name} is not handed on: this command decides {not_passed_on[name]}")
        is_value = is_flag and not equals
    return tuple(found)


def _unknown(name: str, arguments: list[str]) -> str:
    """Returns what to say of a flag that is not there, with those that have nearly its name."""
    known = list(flags.FLAGS) + [f"no{known}" for known in flags.FLAGS if flags.FLAGS[known].boolean]
    is_given = any(re.match(rf"--?{re.escape(name)}(=|$)", argument) for argument in arguments[1:])
    where = "" if is_given else f" in --flagfile{_flag_files(arguments)}"
    near = difflib.get_close_matches(name.replace("-", "_"), known, n=2, cutoff=0.7)
    meant = f"; did you mean {' or '.join(f'--{one}' for one in near)}?" if near else ""
    return f"unknown flag --{name}{where}{meant or '; --help lists the flags'}"


def _not_taken(message: str) -> str:
    """Returns what to say of values that flags do not take, or of flags that are not given."""
    missing = [_NOT_GIVEN.match(line) for line in message.split("\n")]
    names = [f"--{match[1]}" for match in missing if match]
    if names and len(names) == len(missing):
        return (
            f"{', '.join(names)} must be given; --help says what {'it is' if len(names) == 1 else 'they are'}"
        )
    if message == "--flagfile with no argument":
        return "--flagfile needs a value"
    match = _WRONG_VALUE.fullmatch(message)
    if not match or match[1] not in flags.FLAGS:
        return _one_line(message)
    name, value, reason = match.groups()
    flag = flags.FLAGS[name]
    shown = f"--{name}={_one_line(value)}"
    if choices := getattr(flag.parser, "enum_values", None):
        return f"--{name} must be one of {', '.join(choices)}, got {_one_line(value)!r}"
    if flag.boolean:
        return f"{shown} is neither true nor false"
    if isinstance(flag.parser, (flags.IntegerParser, flags.FloatParser)):
        return f"{shown} is not {flag.parser.syntactic_help}"
    return f"{shown}: {_one_line(reason)}"


def _flag_files(arguments: list[str]) -> str:
    """Returns the files that a command line's `--flagfile` names, as it gives them to the flag."""
    files = [
        value or following
        for argument, following in zip(arguments, [*arguments[1:], ""], strict=True)
        for value in re.findall(r"^--?flagfile(?:=(.*))?$", argument)
    ]
    return f"={','.join(files)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
