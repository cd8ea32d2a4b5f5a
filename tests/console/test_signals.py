import contextlib
import os
import signal

import pytest

from emotionet_tf.console.signals import INTERRUPTED, StopRequest, interrupted_at_once, interruption
from emotionet_tf.errors import StoppedError

SIGNALS = [
    (signal.SIGTERM, StoppedError),
    (signal.SIGHUP, StoppedError),
    (signal.SIGINT, KeyboardInterrupt),
]


@pytest.fixture(autouse=True)
def _interruptible():
    """A test suite in the background of a script ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "error"), SIGNALS)
def test_request_to_end_is_noted_and_decides_what_the_run_ends_with(number, error):
    before = signal.getsignal(number)
    with StopRequest().listening() as request:
        assert not request.is_made
        signal.raise_signal(number)
        assert request.is_made
    assert signal.getsignal(number) is before
    assert isinstance(request.error("all saved"), error)
    assert str(request.error("all saved")) == "all saved"


def test_second_interruption_is_one_at_once(capfd):
    with StopRequest(notice="saving; Ctrl-C once more ends at once").listening():
        signal.raise_signal(signal.SIGINT)
        assert "Ctrl-C once more ends at once" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_each_request_is_counted_and_told_of_where_none_interrupts():
    told = []
    request = StopRequest(on_request=lambda: told.append(request.num_seen), second_interrupts=False)
    with request.listening():
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            signal.raise_signal(number)
    assert told == [1, 2, 3]
    assert isinstance(request.error(), KeyboardInterrupt)


@pytest.mark.parametrize("number", [number for number, _ in SIGNALS])
def test_ignored_signal_stays_ignored(number):
    before = signal.signal(number, signal.SIG_IGN)
    with interrupted_at_once(), StopRequest().listening() as request:
        signal.raise_signal(number)
        assert not request.is_made
    signal.signal(number, before)


@pytest.mark.parametrize(("number", "error"), SIGNALS)
def test_signal_interrupts_at_once_and_threads_know_of_it(number, error):
    before = signal.getsignal(number)
    with pytest.raises(error), interrupted_at_once():
        assert not INTERRUPTED.is_set()
        os.kill(os.getpid(), number)
    assert INTERRUPTED.is_set()
    assert signal.getsignal(number) == before


def test_interruption_is_known_where_a_library_makes_another_error_of_it():
    with interrupted_at_once():
        assert interruption() is None
        with contextlib.suppress(StoppedError):
            signal.raise_signal(signal.SIGTERM)
        assert isinstance(interruption(), StoppedError)
    assert interruption() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_request_that_comes_into_a_destructor_ends_the_run_after_its_first_step():
    class Dropped:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with interrupted_at_once():
        Dropped()
        with StopRequest().listening() as request:
            assert request.is_made
            assert isinstance(request.error("all saved"), StoppedError)
    with StopRequest().listening() as request:
        assert not request.is_made
