import shutil
from pathlib import Path

import cv2
import pytest
import warm_commands

ROOT = Path(__file__).parent.parent.parent


def run(*arguments):
    return warm_commands.run(["-m", "tfrecords_tools.inspect_records", *arguments], cwd=ROOT, timeout=120)


@pytest.mark.slow
def test_command_shows_what_is_there_and_names_damage(tiny_records, tmp_path):
    whole = tiny_records / "opt-train"
    damaged = shutil.copytree(tiny_records / "opt-val", tmp_path / "damaged")
    path = damaged / "context-00001-of-00003.tfrecord"
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    result = run(
        f"--records_dir={whole},{damaged}", f"--output={tmp_path}/sheet.png", "--aus=12", "--near_bits=8"
    )
    assert result.returncode == 2
    assert f"error: damaged or inconsistent: {damaged} (1 problem)" in result.stderr
    assert result.stdout.count("they are whole, have the same order and labels") == 1
    assert f"{path}, byte 0: the record is damaged: its checksum does not match" in result.stdout
    assert "nothing occurs twice within and among the records" in result.stdout
    assert cv2.imread(f"{tmp_path}/sheet.png") is not None
