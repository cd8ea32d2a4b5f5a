import os
import signal
import subprocess
import sys

import pytest
from openface_inputs import mean_face, write_csv
from preparation_inputs import config_of, folder_bytes, run_directly, write_inputs

from emotionet_tf.errors import StoppedError, UserError
from emotionet_tf.faces.detectors.choice import DetectorChoice
from emotionet_tf.faces.detectors.openface.settings import OpenFaceSettings
from emotionet_tf.preparation import chunk_worker, plan
from emotionet_tf.preparation.prepare_dataset import prepare

pytest.importorskip("apache_beam")

from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner, SwitchingDirectRunner
from apache_beam.runners.portability import prism_runner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.utils import subprocess_server

from emotionet_tf.preparation import beam_pipeline
from emotionet_tf.preparation.beam_runners import RunnerChoice


def test_beam_runs_the_same_work_and_says_what_failed(tmp_path, detector, monkeypatch):
    write_inputs(tmp_path)
    prepare(config_of(tmp_path, output_dir=str(tmp_path / "expected")), run_directly)
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    with monkeypatch.context() as broken, pytest.raises(UserError, match=r"the weights are missing\Z"):

        def fail(choice):
            raise UserError("the weights are missing")

        broken.setattr(chunk_worker, "build_detector", fail)
        prepare(config_of(tmp_path), RunnerChoice().run_shards)
    assert not (tmp_path / "records").exists()
    prepare(config_of(tmp_path), RunnerChoice().run_shards)
    assert folder_bytes(tmp_path / "records/opt") == folder_bytes(tmp_path / "expected/opt")


def test_request_to_end_amid_the_work_ends_as_a_stopped_run_that_the_same_command_resumes(
    tmp_path, detector, monkeypatch
):
    write_inputs(tmp_path)
    monkeypatch.setattr(plan, "CHUNK_ROWS", 5)
    do_chunk, done = chunk_worker.ChunkWorker.prepare, []

    def ask_to_end_after_two(self, key, check):
        if len(done) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        done.append(key)
        return do_chunk(self, key, check)

    with monkeypatch.context() as patched, pytest.raises(StoppedError, match="the same command resumes"):
        patched.setattr(chunk_worker.ChunkWorker, "prepare", ask_to_end_after_two)
        prepare(config_of(tmp_path), RunnerChoice().run_shards)
    (info,) = prepare(config_of(tmp_path), RunnerChoice().run_shards)
    assert info.num_examples


def test_failure_amid_the_work_says_how_to_resume(tmp_path, detector, monkeypatch):
    write_inputs(tmp_path)

    def fail(self, key, check):
        raise OSError(28, "No space left on device", "records/x")

    monkeypatch.setattr(chunk_worker.ChunkWorker, "prepare", fail)
    with pytest.raises(
        UserError, match="records/x: No space left on device: the disk is full; make room, then the same"
    ):
        prepare(config_of(tmp_path), RunnerChoice().run_shards)


@pytest.mark.parametrize(
    ("runner", "options", "message"),
    [
        ("FlinkyRunner", (), "runner 'FlinkyRunner' is not one that Beam has here"),
        ("FlinkRunner", (), "needs more options behind --: --runner=FlinkRunner -- --flink_master=HOST:8081"),
        ("flink", ("--parallelism=2",), "runner flink needs .* --flink_master"),
        ("SparkRunner", (), "needs .* --spark_master_url="),
        ("PortableRunner", (), "needs .* --job_endpoint="),
        (
            "DaskRunner",
            (),
            "not one that Beam has here: No module named 'dask'|needs .* --dask_client_address=",
        ),
        ("PrismRunner", (), "needs .* --prism_location="),
        ("DirectRunner", (), "runner DirectRunner would download a program; leave --runner away"),
        (
            "FlinkRunner",
            ("--flink_master=a:1", "--paralelism=2"),
            "--paralelism is not an option that Beam has",
        ),
        ("FlinkRunner", ("--flink_master=a:1", "--parallelism=two"), "Beam cannot read the options"),
    ],
)
def test_runner_that_lacks_something_is_refused_before_anything_is_read(runner, options, message):
    with pytest.raises(UserError, match=message):
        RunnerChoice(runner, options=options)


@pytest.mark.parametrize("num_workers", [1, 2])
def test_local_runner_is_beams_own_and_downloads_nothing(tmp_path, monkeypatch, num_workers):
    ran = []
    for place in (prism_runner, subprocess_server):
        monkeypatch.setattr(place, "urlopen", lambda url, *rest: pytest.fail(f"{url} is asked for"))
    # Which runner of Beam's gets the pipeline, whatever name or default has led to it.
    for runner in (FnApiRunner, prism_runner.PrismRunner, SwitchingDirectRunner, BundleBasedDirectRunner):
        monkeypatch.setattr(runner, "run_pipeline", lambda self, *rest: ran.append(type(self)) or _Ended())
    RunnerChoice(num_workers=num_workers).run_shards(config_of(tmp_path), [])
    assert ran == [FnApiRunner]


class _Ended:
    """The result of a pipeline that has done nothing."""

    def wait_until_finish(self):
        pass


def test_failure_inside_another_runner_is_one_line_and_a_log(tmp_path, detector, monkeypatch):
    write_inputs(tmp_path)

    def fail(graph, config, shards):
        raise RuntimeError("the job server\ncannot be had" + "\n  at Main.java" * 99)

    monkeypatch.setattr(beam_pipeline, "prepare_shards", fail)
    choice = RunnerChoice("FlinkRunner", options=("--flink_master=localhost:1",))
    with pytest.raises(UserError) as caught:
        prepare(config_of(tmp_path), choice.run_shards)
    log = tmp_path / "records/.opt.work/beam.log"
    told = str(caught.value)
    assert told.startswith("FlinkRunner failed: RuntimeError: the job server cannot be had at Main.java")
    assert told.endswith(f"...; the full log is {log}")
    assert len(told) < 700
    assert log.read_text().count("at Main.java") > 50
    prepare(config_of(tmp_path), run_directly)
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["opt"]


def test_worker_process_ends_with_the_one_that_started_it():
    worker = "from emotionet_tf.preparation import local_beam_worker as w; import sys; w._end_with(int(sys.argv[1]))"
    script = (
        "import os, subprocess, sys, time; "
        f"print(subprocess.Popen([sys.executable, '-c', {worker!r}, str(os.getpid())]).pid, flush=True); "
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    # The pipe is closed once the worker, which has inherited it, has ended.
    assert parent.stdout.read() == ""


@pytest.mark.slow
def test_two_worker_processes_write_the_bytes_of_one(tmp_path):
    photos = write_inputs(tmp_path)
    for photo in photos:
        write_csv(
            (tmp_path / "openface" / photo).with_suffix(".csv"),
            "face,confidence",
            [("0,0.9", mean_face(0.3, (36, 32)))],
        )
    detectors = DetectorChoice(("openface",), {"openface": OpenFaceSettings((str(tmp_path / "openface"),))})
    for run_shards, folder in ((run_directly, "one"), (RunnerChoice(num_workers=2).run_shards, "two")):
        config = config_of(tmp_path, detectors=detectors, output_dir=str(tmp_path / folder))
        (info,) = prepare(config, run_shards)
        assert info.num_examples == 28
    assert folder_bytes(tmp_path / "one/opt") == folder_bytes(tmp_path / "two/opt")
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["opt"]
