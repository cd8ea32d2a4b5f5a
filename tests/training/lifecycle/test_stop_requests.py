import signal

import pytest

from emotionet_tf.errors import StoppedError
from emotionet_tf.training.lifecycle.stop_requests import StopRequest, stopped_at_once


@pytest.fixture(autouse=True)
def _interruptible():
    """A test suite in the background of a script ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, StoppedError), (signal.SIGINT, KeyboardInterrupt)]
)
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
    with StopRequest().listening():
        signal.raise_signal(signal.SIGINT)
        assert "Ctrl-C once more ends at once" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_ignored_interruption_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopRequest().listening() as request:
        signal.raise_signal(signal.SIGINT)
        assert not request.is_made


def test_request_before_the_first_step_ends_the_command_as_a_stopped_run():
    with stopped_at_once(), pytest.raises(StoppedError):
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_request_that_comes_into_a_destructor_ends_the_run_after_its_first_step():
    class Dropped:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    with stopped_at_once():
        Dropped()
        with StopRequest().listening() as request:
            assert request.is_made
            assert isinstance(request.error("all saved"), StoppedError)
    with StopRequest().listening() as request:
        assert not request.is_made
