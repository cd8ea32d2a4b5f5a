"""python without_linux.py MODULE ARGS...: runs a module in a Python that lacks what Windows, or macOS, lacks.

Python's own modules and TensorFlow are imported before, so that only our code has to do without.
"""

import builtins
import os
import runpy
import select
import signal
import sys
from pathlib import Path

MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "syslog")
NAMES = {
    os: (
        "fork",
        "forkpty",
        "sched_getaffinity",
        "sched_setaffinity",
        "setpgid",
        "killpg",
        "getpgid",
        "register_at_fork",
    ),
    select: ("poll", "epoll"),
    signal: ("SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2"),
}


def hide() -> None:
    for module in MODULES:
        sys.modules[module] = None
    for module, names in NAMES.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    opened = builtins.open

    def open_but_proc(file, *args, **kwargs):
        if str(file).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(file))
        return opened(file, *args, **kwargs)

    builtins.open = open_but_proc
    read_text = Path.read_text

    def read_but_proc(path, *args, **kwargs):
        if str(path).startswith("/proc"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return read_text(path, *args, **kwargs)

    Path.read_text = read_but_proc


if __name__ == "__main__":
    import cv2  # noqa: F401
    import mtcnn  # noqa: F401
    import pandas  # noqa: F401
    import tensorflow  # noqa: F401

    hide()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
