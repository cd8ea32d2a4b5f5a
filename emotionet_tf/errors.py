"""What ends a command that is no mistake of ours: a person's error, and a stop that was asked for."""

import contextlib
from collections.abc import Callable, Iterator


class UserError(ValueError):
    """Bad input from outside: a file, a flag or a value.

    Its message is one line that names the offender and the valid choices; commands print it without a traceback.
    """


class StoppedError(Exception):
    """A run was asked to stop and has saved where it stands: the same command resumes."""


@contextlib.contextmanager
def stop_says(kept: Callable[[], str]) -> Iterator[None]:
    """Lets a stop of its body, at SIGTERM or Ctrl-C, say what of the work is kept, and what the same command then does.

    Args:
      kept: Returns that, as far as the work has come.
    """
    try:
        yield
    except StoppedError as stop:
        raise StoppedError(f"stopped; {kept()}") from stop
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"interrupted; {kept()}") from stop
