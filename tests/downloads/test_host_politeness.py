from dataclasses import dataclass

import pytest

from emotionet_tf.downloads.host_politeness import HostQueues, Politeness


@dataclass(frozen=True)
class Wish:
    host: str
    number: int = 0


def queues(**changes) -> HostQueues[Wish]:
    settings = {"connections_per_host": 2, "host_delay_seconds": 1.0, "pause_seconds": 10.0, "max_pauses": 2}
    return HostQueues(Politeness(**{**settings, "max_wait_seconds": 100.0, **changes}))


def test_hosts_take_turns_and_keep_their_delay():
    queue = queues()
    for number in range(3):
        queue.put(Wish("a", number), 0.0)
    queue.put(Wish("b"), 0.0)
    assert [queue.take(0.0), queue.take(0.0), queue.take(0.5)] == [Wish("a", 0), Wish("b"), None]
    assert queue.seconds_to_next(0.5) == 0.5
    assert queue.take(1.0) == Wish("a", 1)
    assert queue.take(5.0) is None  # two are under way
    queue.answered("a", 5.0)
    assert queue.take(5.0) == Wish("a", 2)


def test_delayed_request_lets_others_of_its_host_pass():
    queue = queues(host_delay_seconds=0.0)
    queue.put(Wish("a", 0), 0.0, delay=3.0)
    assert queue.take(1.0) is None
    queue.put(Wish("a", 1), 1.0)
    assert [queue.take(1.0), queue.take(2.9), queue.take(3.0)] == [Wish("a", 1), None, Wish("a", 0)]


def test_failing_host_is_put_aside_longer_and_longer_then_given_up():
    queue = queues(host_delay_seconds=0.0, connections_per_host=1)
    for number in range(20):
        queue.put(Wish("a", number), 0.0)
    for _ in range(5):
        assert queue.take(0.0)
        queue.failed("a", 0.0, "HTTP 503")
    assert queue.take(0.0) is None
    assert queue.num_aside(0.0) == 1
    first = queue.seconds_to_next(0.0)
    assert first == pytest.approx(10, rel=0.21)
    assert queue.take(13.0)
    queue.failed("a", 13.0, "HTTP 503")
    assert queue.seconds_to_next(13.0) == pytest.approx(20, rel=0.21)
    assert queue.take(40.0)
    queue.failed("a", 40.0, "HTTP 503")
    assert queue.refusal("a") == "host given up (HTTP 503)"
    assert sum(queue.take(40.0) is not None for _ in range(20)) == 13  # of 20, 7 were asked


def test_one_answer_ends_a_pause():
    queue = queues(host_delay_seconds=0.0, connections_per_host=9)
    for number in range(9):
        queue.put(Wish("a", number), 0.0)
    for _ in range(6):
        assert queue.take(0.0)
    for _ in range(5):
        queue.failed("a", 0.0, "no data in time")
    assert queue.take(0.0) is None
    queue.answered("a", 1.0)
    assert queue.take(1.0)
    assert queue.take(1.0)


def test_wait_that_a_host_asks_for_is_no_reason_to_give_it_up():
    queue = queues(host_delay_seconds=0.0, connections_per_host=1)
    for number in range(20):
        queue.put(Wish("a", number), 0.0)
    for second in range(0, 100, 10):
        assert queue.take(float(second))
        queue.failed("a", float(second), "HTTP 429", wait=9.5)
        assert queue.take(second + 9.0) is None
    assert queue.refusal("a") == ""


def test_hosts_with_nothing_to_do_are_forgotten():
    queue = queues(host_delay_seconds=0.0)
    for number in range(11_000):
        queue.put(Wish(f"host{number}"), float(number))
        assert queue.take(float(number))
        queue.answered(f"host{number}", float(number))
    assert len(queue._hosts) <= 10_001
