import pytest

from benchmarks.scale_model import (
    Job,
    Limit,
    Machine,
    download_limits,
    longest_chain,
    makespan,
    most_at_once,
    network_limits,
    slowest,
    spread_limits,
)


def test_download_waits_for_its_largest_host_and_then_for_itself():
    def seconds(share, host_seconds=0.1):
        limits = download_limits(
            90_000,
            largest_host_share=share,
            requests_a_second=50,
            connections=6,
            host_seconds=host_seconds,
            process_photos_a_second=300,
        )
        limit = slowest(limits)
        return limit.name, limit.seconds

    # 90,000 / 50 s; its 6 connections would do with 90,000 * 0.1 / 6 = 1,500 s.
    assert seconds(1) == ("politeness: requests a second", 1800)
    # 90,000 * 0.5 / 6 s.
    assert seconds(1, host_seconds=0.5) == ("politeness: connections", 7500)
    # A tenth: 180 s of the host's; 90,000 / 300 s of the downloader's.
    assert seconds(0.1) == ("the downloader itself", 300)


def test_preparation_is_spread_over_all_cores_until_the_disk_is_full():
    machine = Machine(cores=10, gpu_speedup=0, disk_bytes_a_second=1000)
    # 4,000 items of 0.05 core seconds on 20 cores: 10 s. 4,000 items of 1 byte: 4 s.
    assert slowest(spread_limits(4000, 0.05, 1, machine, 2)) == Limit("cores", 10)
    # On 80 cores 2.5 s.
    assert slowest(spread_limits(4000, 0.05, 1, machine, 8)) == Limit("shared disk", 4)


def test_training_shares_the_cores_without_a_gpu_and_waits_for_the_slower_of_both_with_one():
    # 16,000 images: 0.1 core seconds of network and 0.004 of stream each.
    def limit(gpu_speedup, num_busy=1):
        machine = Machine(cores=16, gpu_speedup=gpu_speedup, disk_bytes_a_second=1e6)
        return slowest(network_limits(16_000, 0.1, 0.004, 20, machine, num_busy))

    # 16,000 * (0.1 + 0.004) / 16.
    assert limit(0) == Limit("network on the cores", pytest.approx(104))
    # 16,000 * 0.1 / 200 = 8 s; the stream needs 4 s.
    assert limit(200) == Limit("network on the GPU", pytest.approx(8))
    # 1,600 / 800 = 2 s, less than the stream's 16,000 * 0.004 / 16.
    assert limit(800) == Limit("input stream on the cores", pytest.approx(4))
    # 16,000 * 20 bytes * 64 machines at 1 MB a second.
    assert limit(800, num_busy=64) == Limit("shared disk", pytest.approx(20.48))


def test_tree_takes_its_work_over_the_machines_and_never_less_than_its_longest_chain():
    # Two teachers; two students wait for the first of them; the last job waits for all.
    jobs = {
        "teacher": Job(4),
        "other": Job(3),
        "student1": Job(5, ("teacher",)),
        "student2": Job(5, ("teacher",)),
        "fusion": Job(1, ("other", "student1", "student2")),
    }
    assert longest_chain(jobs) == 10
    # Teacher and other, then both students.
    assert most_at_once(jobs) == 2
    assert makespan(jobs, 1) == 18
    # Teacher 0-4 beside other 0-3, both students 4-9, fusion 9-10.
    assert makespan(jobs, 2) == 10
    assert makespan(jobs, 64) == 10


def test_job_with_most_behind_it_goes_first():
    # In the order of names "a" would go first, and "z" and "chain" would end at 7.
    jobs = {"a": Job(2), "z": Job(2), "chain": Job(3, ("z",))}
    assert makespan(jobs, 1) == 7
    assert makespan(jobs, 2) == 5
    jobs = {"a": Job(3), "b": Job(3), "z": Job(1), "chain": Job(5, ("z",))}
    # z 0-1 and chain 1-6 on one machine, a 0-3 and b 3-6 on the other; 8 if a and b went first.
    assert makespan(jobs, 2) == 6
