import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLAN = """\
# train/A/seed0/pose; waits for: nothing
python -m emotionet_tf.bin.train --output_dir='a b'
# predict/A/seed0; waits for: train/A/seed0/pose
python -m emotionet_tf.bin.predict_records --model_dir=A
python -m emotionet_tf.bin.predict_records --model_dir=B
# train/B/seed0/pose; waits for: nothing
python -m emotionet_tf.bin.train --output_dir=b
"""


@pytest.fixture
def plan(tmp_path) -> Path:
    (tmp_path / "plan.txt").write_text(PLAN)
    return tmp_path / "plan.txt"


@pytest.fixture
def python(tmp_path) -> Path:
    """Prints its arguments, one in brackets each, and ends with the code that the environment says."""
    stub = tmp_path / "python"
    stub.write_text('#!/usr/bin/env bash\nprintf "[%s]" "$@"\necho\nexit ${STUB_CODE:-0}\n')
    stub.chmod(0o755)
    return stub


def run(*arguments: object, **environment: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
    )


def test_nodes_of_a_stage_are_listed_by_number(plan):
    listed = run(ROOT / "bin" / "run_planned", plan, "train/*")
    assert listed.stdout == "0 train/A/seed0/pose\n1 train/B/seed0/pose\n"


def test_all_commands_of_a_node_are_run_with_their_arguments_whole(plan, python):
    one = run(ROOT / "bin" / "run_planned", plan, "train/*", 0, PYTHON=python)
    assert one.stdout.splitlines()[1:] == ["[-m][emotionet_tf.bin.train][--output_dir=a b]"]
    two = run(ROOT / "bin" / "run_planned", plan, "predict/*", 0, PYTHON=python)
    assert [line[-13:] for line in two.stdout.splitlines()[1:]] == [
        "--model_dir=A]"[-13:],
        "--model_dir=B]"[-13:],
    ]


def test_code_of_a_stopped_run_is_passed_on(plan, python):
    assert run(ROOT / "bin" / "run_planned", plan, "train/*", 1, PYTHON=python, STUB_CODE=75).returncode == 75


def test_number_that_the_plan_lacks_is_refused(plan):
    refused = run(ROOT / "bin" / "run_planned", plan, "train/*", 2)
    assert refused.returncode == 2 and "has 2 nodes like train/*" in refused.stderr


def test_tpu_launcher_refuses_other_commands():
    refused = run(ROOT / "bin" / "train_tpu", "predict")
    assert refused.returncode == 2 and "takes train or pretrain" in refused.stderr


@pytest.mark.parametrize(
    ("tag", "given", "done_before"),
    [
        ("cp310", dict(TPU_TENSORFLOW_WHEEL="wheel", TPU_LIBTPU="driver"), "wheel driver"),
        ("cp312", {}, "tensorflow-tpu==2.20.0 "),
    ],
)
def test_stopped_run_on_a_tpu_goes_on_until_it_ends(tmp_path, tag, given, done_before):
    (tmp_path / "bin").mkdir()
    launcher = tmp_path / "bin" / "train_tpu"
    launcher.write_bytes((ROOT / "bin" / "train_tpu").read_bytes())
    (tmp_path / "bin" / "setup_venv").write_text('cd "$(dirname "${BASH_SOURCE[0]}")/.."\n')
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    stub = tmp_path / ".venv" / "bin" / "python"
    # Is asked for its version first; is stopped once, then fails.
    stub.write_text(
        f'#!/usr/bin/env bash\nif [ "$1" = -c ]; then echo {tag}; exit; fi\n'
        'printf "%s " "$TPU_NAME" "$@"; echo\n'
        f'echo >> {tmp_path}/runs\nif [ "$(wc -l < {tmp_path}/runs)" = 1 ]; then exit 75; fi; exit 3\n'.replace(
            "TAG", tag
        )
    )
    stub.chmod(0o755)
    (tmp_path / ".venv" / "tpu.done").write_text(f"{done_before}\n")
    done = run(
        *("bash", launcher, "train", "--output_dir=x"),
        **dict(RESTART_SECONDS=0, TPU_NAME="local", **given),
    )
    assert done.returncode == 3
    assert (
        done.stdout.split("\n")[:2] == ["local -m emotionet_tf.bin.train --output_dir=x --strategy=tpu "] * 2
    )


def test_cluster_job_runs_a_planned_node_and_goes_on_after_a_stop():
    job = yaml.safe_load((ROOT / "bin" / "tpu_jobs.yaml").read_text())
    assert (job["kind"], job["spec"]["completionMode"]) == ("Job", "Indexed")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    (script,) = container["args"]
    assert script.startswith("exec bin/run_planned ") and script.endswith('"$JOB_COMPLETION_INDEX"')
    assert job["spec"]["podFailurePolicy"]["rules"][0]["onExitCodes"]["values"] == [75]


@pytest.mark.parametrize("script", ["demo", "test", "run_planned", "train_tpu"])
def test_help_is_printed_and_nothing_is_installed(script, tmp_path):
    shutil.copytree(ROOT / "bin", tmp_path / "bin")
    shown = run(tmp_path / "bin" / script, "--help", PYTHON="no-such-python")
    assert shown.returncode == 0 and f"bin/{script}" in shown.stdout and not shown.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]
