"""What every command shares: the process's set-up and how a user's mistake is reported."""

from __future__ import annotations

import os
import select
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import NoReturn

from absl import app, flags, logging

from emotionet_tf.cli.flag_parsing import parse_flags
from emotionet_tf.cli.lean_imports import import_leanly
from emotionet_tf.console.native_remarks import import_quietly
from emotionet_tf.console.progress import bars_ended
from emotionet_tf.console.signals import interrupted_at_once, interruption
from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.gpu_memory import GROWTH_VARIABLE
from emotionet_tf.storage.error_reports import report_error
from emotionet_tf.storage.files import check_writable
from emotionet_tf.storage.machine_errors import describe_machine_error
from emotionet_tf.storage.paths import as_path

_EXIT_OF_CLOSED_PIPE = 141
"""What a shell reports of tools that a closed pipe ends: 128 + SIGPIPE."""
_NO_CSV = (".xlsx", ".xls", ".parquet", ".jsonl", ".json")
EXIT_OF_STOPPED_RUN = 75
"""What a run ends with that was asked to stop: "try again later" (EX_TEMPFAIL of sysexits.h), to resume."""


def run(main: Callable[[list[str]], None]) -> None:
    """Runs a command's `main` with parsed flags; a wrong flag, a `UserError` or a file that cannot be used becomes one
    line on stderr and exit code 2, and so does what the machine refuses, such as room or memory. A run that was asked
    to stop ends with exit code 75: the same command resumes. Where what reads the output has gone, such as `head`, it
    ends silently, with exit code 141.

    TensorFlow must not be imported before this call.
    """
    set_up_process()
    import_leanly("tensorflow")

    def guarded(arguments: list[str]) -> None:
        if not flags.FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)  # what TensorFlow logs for information is nobody's request
        try:
            with bars_ended(), interrupted_at_once():
                _run_explained(main, arguments)
            sys.stdout.flush()
        except UserError as error:
            _fail(error)
        except OSError as error:
            _end_if_unread(error)
            # A wrong path, a file that is a folder: for the person to correct; the system says what it is.
            _fail(UserError(describe_os_error(error)))
        except StoppedError as stop:
            print(stop, file=sys.stderr)
            sys.exit(EXIT_OF_STOPPED_RUN)
        except KeyboardInterrupt as interruption:
            text = str(interruption) or "interrupted; the same command resumes"
            print(text, file=sys.stderr)
            sys.exit(130)

    def parsed(arguments: list[str]) -> list[str]:
        try:
            return parse_flags(arguments)
        except UserError as error:
            _fail(error)

    try:
        app.run(guarded, flags_parser=parsed)
    except BrokenPipeError as error:  # of --help
        _end_if_unread(error)
        raise


def _run_explained(main: Callable[[list[str]], None], arguments: list[str]) -> None:
    """Runs `main`; what the machine refused, wherever it comes from, becomes a UserError, and a stop stays one."""
    try:
        main(arguments)
    except (UserError, StoppedError, BrokenPipeError):
        raise
    except Exception as error:
        # A library, or a worker that the same signal has ended, may have made another error of it.
        if stop := interruption():
            raise stop from error
        if line := describe_machine_error(error):
            raise UserError(line) from error
        raise


def _fail(error: UserError) -> NoReturn:
    report_error(error)
    print(f"error: {error}", file=sys.stderr)
    sys.exit(2)


def _end_if_unread(error: OSError) -> None:
    """Ends the process if an error says that nobody reads its output any more."""
    if not isinstance(error, BrokenPipeError):
        return
    output = sys.stdout.fileno()
    if not hasattr(select, "poll"):
        return  # Windows: what the system said is reported
    state = select.poll()
    state.register(output, 0)
    if not state.poll(0):
        return  # it was another pipe, or a connection
    # Python writes out at its end what is left, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    sys.exit(_EXIT_OF_CLOSED_PIPE)


def set_up_process() -> None:
    """Chooses how TensorFlow runs in this process, before it is imported.

    Its log level, its oneDNN kernels, which make a CPU about twice as fast, and that it takes of a GPU what it needs
    only are chosen by environment variables that it reads once. Values that are already set are kept.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault(GROWTH_VARIABLE, "true")

    import_quietly("tensorflow")
    # tensorflow-addons announces its end of life at every import; setup.cfg pins the version that works.
    warnings.filterwarnings("ignore", module="tensorflow_addons")
    # Pillow warns of damaged metadata and of large photos; what cannot be read is listed with its reason anyhow.
    warnings.filterwarnings("ignore", module="PIL")


def describe_os_error(error: OSError) -> str:
    """Returns what the system says about a file, the file, and what to do where that is known."""
    where = "" if error.filename is None else f"{error.filename}: "
    return describe_machine_error(error) or where + (error.strerror or str(error))


def refuse_arguments(arguments: list[str]) -> None:
    """Raises UserError if a command that takes flags only was given something else, such as a mistyped flag."""
    if arguments[1:]:
        raise UserError(f"this command takes flags only, such as --name=value; got {arguments[1]!r}")


def check_outputs(outputs: Sequence[str], inputs: Sequence[str], flag: str = "records_dir") -> None:
    """Raises UserError unless there is a file that can be written, of its own, for each of several inputs.

    Args:
      outputs: Values of `--output`.
      inputs: The values of another flag, which come in pairs with them.
      flag: Its name.
    """
    if len(outputs) != len(inputs):
        raise UserError(
            f"--{flag} and --output come in pairs; got {len(inputs)} of the one and {len(outputs)} of the other"
        )
    for number, output in enumerate(outputs):
        if as_path(output).resolve() in [as_path(earlier).resolve() for earlier in outputs[:number]]:
            raise UserError(f"output {output} is given twice; each --{flag} needs its own")
        check_csv_output(output)


def check_csv_output(output: str) -> None:
    """Raises UserError unless a prediction file, which is a CSV, can be written, and under a name that says so."""
    path = as_path(output)
    if path.suffix.lower() in _NO_CSV:
        raise UserError(f"output {output}: a prediction file is a CSV; name it {path.stem}.csv")
    check_writable(path, "output")
