"""Commands as forks of a runner that has TensorFlow imported: an import takes longer than most tests' commands work."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import IO

from warm_commands import become, exit_code_of

from emotionet_tf.experiments.runner import processes


def start_commands_warm() -> None:
    """Lets this process's runner fork itself for each command, instead of starting a new interpreter.

    TensorFlow may be imported already, but must not have been used: its threads would be missing in the forks. They
    call functions as they are: AutoGraph would rewrite the same ones in each of them, for a third of its time.
    """
    from tensorflow.python.autograph.impl import api

    api.conversion.is_in_allowlist_cache = lambda *_: True
    parts = ("DEVNULL", "STDOUT")
    processes.subprocess = SimpleNamespace(Popen=_Fork, **{name: getattr(subprocess, name) for name in parts})


class _Fork:
    """As much of `subprocess.Popen` as the runner uses, for the command `python -m MODULE ...`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int,
        stdout: IO[str] | None,
        stderr: int | None,
        pass_fds: Sequence[int],
        preexec_fn: Callable[[], None],
        env: dict[str, str],
    ) -> None:
        _, option, module, *flags = command
        assert (option, stdin) == ("-m", subprocess.DEVNULL)
        assert stderr == (subprocess.STDOUT if stdout else None)
        self.returncode: int | None = None
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            # Nothing of the runner may run in the fork, however the command ends.
            os._exit(exit_code_of(lambda: _become(module, flags, stdout, preexec_fn, env)))

    def poll(self) -> int | None:
        return self._note(os.WNOHANG)

    def wait(self) -> int | None:
        return self._note(0)

    def _note(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _become(
    module: str,
    flags: Sequence[str],
    log: IO[str] | None,
    preexec_fn: Callable[[], None],
    env: dict[str, str],
) -> None:
    preexec_fn()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    for descriptor in (1, 2) if log else ():
        os.dup2(log.fileno(), descriptor)
    os.environ.update(env)
    become(["-m", module, *flags])
