"""A worker process of Beam's local runner, which calls `python -m emotionet_tf.preparation.local_beam_worker PID`.

It ends with the process that started it, whose number is PID, even one that was killed. Beam's own worker would
continue with its chunk beside the workers of the next run, and then wait on a connection that nobody answers.
"""

from __future__ import annotations

import os
import sys
import threading
import time

_SECONDS = 0.5


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)


def main() -> None:
    """Watches over the parent and works for Beam until it says that all is done."""
    threading.Thread(target=_end_with, args=(int(sys.argv.pop()),), daemon=True).start()
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)


if __name__ == "__main__":
    main()
