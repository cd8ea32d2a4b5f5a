import os
import subprocess
import sys
import threading

import pytest

from emotionet_tf.console.native_remarks import import_quietly, without_remarks


def test_remarks_of_native_code_are_dropped_and_its_errors_kept(capfd):
    with without_remarks():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"W0000 00:00:1795348272.591924    8441 some_file.cc:114] Feedback manager requires.\n")
        os.write(2, b"E0000 00:00:1795348272.591924    8441 some_file.cc:115] no such model\n")
        print("of ours", file=sys.stderr)
    # pytest's own stderr may hold lines back, so their order says nothing.
    assert sorted(capfd.readouterr().err.splitlines()) == [
        "E0000 00:00:1795348272.591924    8441 some_file.cc:115] no such model",
        "of ours",
    ]


def test_package_is_imported_quietly_and_its_errors_are_kept(tmp_path, monkeypatch, capfd):
    (tmp_path / "talkative.py").write_text(
        "import os\n"
        "os.write(2, b'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\\n')\n"
        "os.write(2, b'I0000 00:00:1795925338.482643   24968 port.cc:153] custom operations are on.\\n')\n"
        "os.write(2, b'E0000 00:00:1795925338.482643   24968 port.cc:154] broken\\n')\n"
        "answer = 42\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    import_quietly("talkative")
    import talkative

    assert talkative.answer == 42
    assert sys.meta_path == finders
    assert capfd.readouterr().err == "E0000 00:00:1795925338.482643   24968 port.cc:154] broken\n"
    import_quietly("talkative")
    assert sys.meta_path == finders


def test_package_that_is_imported_among_dropped_remarks_is_imported_quietly(tmp_path, monkeypatch, capfd):
    (tmp_path / "inner_one.py").write_text(
        "import os\n"
        "os.write(2, b'I0000 00:00:1795925338.482643   24968 port.cc:153] on.\\n')\n"
        "os.write(2, b'E0000 00:00:1795925338.482643   24968 port.cc:154] broken\\n')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import_quietly("inner_one")
    done = []

    def import_inside():
        with without_remarks():
            import inner_one  # noqa: F401
        done.append(True)

    # In a thread, as one that waits for itself would wait for ever.
    thread = threading.Thread(target=import_inside, daemon=True)
    thread.start()
    thread.join(30)
    assert done
    assert capfd.readouterr().err == "E0000 00:00:1795925338.482643   24968 port.cc:154] broken\n"


@pytest.mark.slow
def test_training_says_nothing_on_stderr(tiny_records, tmp_path):
    flags = [
        *(f"--source=opt={tiny_records / 'opt-train'}", f"--val_records_dir={tiny_records / 'opt-val'}"),
        *(f"--output_dir={tmp_path / 'model'}", "--group=pose", "--backbone=ownnet1", "--image_size_px=32"),
        *(
            "--num_steps=4",
            "--batch_size=8",
            "--checkpoint_interval_steps=2",
            "--validation_interval_steps=2",
        ),
    ]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("TF_")}
    run = subprocess.run(
        [sys.executable, "-m", "emotionet_tf.bin.train", *flags],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (run.returncode, run.stderr) == (0, "")
