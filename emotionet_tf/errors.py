"""What ends a command that is no mistake of ours: a person's error, and a stop that was asked for."""


class UserError(ValueError):
    """Bad input from outside: a file, a flag or a value.

    Its message is one line that names the offender and the valid choices; commands print it without a traceback.
    """


class StoppedError(Exception):
    """A run was asked to stop and has saved where it stands: the same command resumes."""
