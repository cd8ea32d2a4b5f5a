"""Commands that begin at once: forks of a server that has TensorFlow imported, which takes longer than their work.

`start` and `run` take what follows the interpreter's name: `-m MODULE ...` or `-c CODE ...`. Each process of pytest has
one server, which starts with the first command.
"""

import atexit
import contextlib
import functools
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import small_ownnet

_MAX_REQUEST_BYTES = 1 << 17


class WarmProcess:
    """As much of `subprocess.Popen` as tests use; outputs are text and read at the end."""

    def __init__(
        self, arguments: Sequence[object], *, env: Mapping[str, str] | None = None, cwd: object = None
    ) -> None:
        self.args = [str(argument) for argument in arguments]
        self.returncode: int | None = None
        self._outputs = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._status, theirs = socket.socketpair()
        request = {"arguments": self.args, "env": dict(os.environ if env is None else env)}
        message = json.dumps({**request, "cwd": str(cwd or Path.cwd())}).encode()
        assert len(message) < _MAX_REQUEST_BYTES
        socket.send_fds(_server(), [message], [*(one.fileno() for one in self._outputs), theirs.fileno()])
        theirs.close()
        self._status.settimeout(120)
        self.pid = int(self._status.recv(16).ljust(16))

    def poll(self) -> int | None:
        """Returns the exit code, negative for a signal, or None while the command is at work."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Returns the exit code once there is one; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._status.settimeout(timeout)
            try:
                self.returncode = int(self._status.recv(16))
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Waits for the end; returns stdout and stderr."""
        self.wait(timeout)
        outputs = []
        for output in self._outputs:
            output.seek(0)
            outputs.append(output.read().decode())
        return outputs[0], outputs[1]

    def send_signal(self, number: int) -> None:
        """Sends a signal unless the command has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it is ending at this moment
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Sends SIGKILL unless the command has ended."""
        self.send_signal(signal.SIGKILL)


start = WarmProcess


def run(
    arguments: Sequence[object],
    *,
    env: Mapping[str, str] | None = None,
    cwd: object = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; kills it when its time in seconds is up, as `subprocess.run` does."""
    process = WarmProcess(arguments, env=env, cwd=cwd)
    try:
        output, errors = process.communicate(timeout)
    except BaseException:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.wait(), output, errors)


@functools.cache
def _server() -> socket.socket:
    """Starts the server; it ends when this process does, which closes the socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = subprocess.Popen([sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    atexit.register(lambda: (ours.close(), server.wait()))
    return ours


def leave_graphs_as_traced() -> None:
    """Spares functions that run a few times Grappler's passes, a sixth of what a short training takes.

    Commands that tests start cold run as users' commands do.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def _serve(requests: socket.socket) -> None:
    """Forks a supervisor for each request, which waits for its command: the server has no threads and no state."""
    from emotionet_tf.cli.entry_point import set_up_process

    set_up_process()
    import emotionet_tf.training.train  # noqa: F401

    leave_graphs_as_traced()
    # Collections in the forks, of which tracing causes many, need not look at what was imported.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, _MAX_REQUEST_BYTES, 3)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _supervise(json.loads(message), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _reap(number: int, frame: object) -> None:
    """Takes note of supervisors that have ended, so that their processor time counts as the server's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _supervise(request: dict, output: int, errors: int, status: int) -> NoReturn:
    pid = os.fork()
    if pid == 0:
        os.close(status)
        os._exit(exit_code_of(lambda: _become(request, output, errors)))
    # Both messages have 16 bytes, so that one read is one message.
    os.write(status, b"%16d" % pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(status, b"%16d" % code)
    os._exit(0)


def _become(request: dict, output: int, errors: int) -> None:
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    if small_ownnet.VARIABLE in os.environ:
        small_ownnet.shrink_ownnet()
    os.chdir(request["cwd"])
    sys.path[0:0] = [request["cwd"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    become(request["arguments"])


def become(arguments: Sequence[str]) -> None:
    """Does in this process what the interpreter would do with `-m MODULE ...` or `-c CODE ...`."""
    option, target, *rest = arguments
    assert option in ("-m", "-c"), option
    sys.argv = [target if option == "-m" else "-c", *rest]
    if option == "-m":
        runpy.run_module(target, run_name="__main__", alter_sys=True)
    else:
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(target, "<string>", "exec"), main.__dict__)


def exit_code_of(command: Callable[[], None]) -> int:
    """Runs a command as the interpreter would: returns its exit code, prints what it does not catch."""
    try:
        command()
        code: object = 0
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
