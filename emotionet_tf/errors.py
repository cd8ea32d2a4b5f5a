"""The error that a person caused and can mend."""


class UserError(ValueError):
    """Bad input from outside: a file, a flag or a value.

    Its message is one line that names the offender and the valid choices; commands print it without a traceback.
    """
