"""The whole command on small invented tables."""

import json

import pytest
import warm_commands
from tool_inputs import OPENFACE2_VIDEO, put

LABELS = "path,AU06,AU12\ns1/a.jpg,1,1\ns1/b.jpg,0,1\ns2/c.jpg,0,0\ns2/d.jpg,1,0\n"
OURS = "file,found,AU06,AU12\ns1/a.jpg,1,0.9,0.8\ns1/b.jpg,1,0.2,0.3\ns2/c.jpg,1,0.1,0.1\ns2/d.jpg,0,,\n"
PYFEAT = """FaceRectX,FaceScore,AU06,AU12,input,frame
1,0.9,0.7,0.9,/data/s1/a.jpg,0
1,0.9,0.6,0.9,/data/s1/b.jpg,1
,,,,/data/s2/c.jpg,2
1,0.9,0.8,0.1,/data/s2/d.jpg,3
"""


@pytest.fixture
def folder(tmp_path):
    put(tmp_path / "labels.csv", LABELS)
    put(tmp_path / "ours.csv", OURS)
    put(tmp_path / "pyfeat.csv", PYFEAT)
    for name, au12 in (("s1/a", 1), ("s1/b", 1), ("s2/c", 1)):
        put(
            tmp_path / f"openface/{name}.csv",
            f"face, confidence, AU12_r, AU12_c\n0, 0.9, {au12 * 2}, {au12}\n",
        )
    return tmp_path


def run(folder, *arguments):
    return warm_commands.run(["-m", "emotionet_tf.bin.compare", *arguments], cwd=folder, timeout=120)


def test_tables_of_three_programs_are_compared(folder):
    result = run(
        folder, "--labels=labels.csv", "--person_of=folder", "--output=out.json", "--report=page.html",
        "ours.csv", "openface", "pyfeat.csv",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "openface (OpenFace 2): 3 rows, 0 of them without a face, 3 of 4 labelled rows" in result.stdout
    assert "pyfeat (Py-Feat 2): 4 rows, 1 of them without a face, 4 of 4 labelled rows" in result.stdout
    content = json.loads((folder / "out.json").read_text())
    au12 = content["aus"]["AU12"]
    # Common to all three: a and b, both present. Ours finds a only: F1 2/3; the others both.
    assert au12["num_common"] == 2
    f1 = {name: round(one["on_common"]["f1"]["value"], 6) for name, one in au12["tables"].items()}
    assert f1 == {"ours": round(2 / 3, 6), "openface": 1, "pyfeat": 1}
    # On all four, openface also says c, wrongly: 2 TP, 1 FP.
    assert round(au12["tables"]["openface"]["on_all"]["f1"], 6) == round(4 / 5, 6)
    assert set(content["aus"]["AU06"]["tables"]) == {"ours", "pyfeat"}
    assert (folder / "page.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--labels=labels.csv",), "compare needs the tables to compare"),
        (("--labels=none.csv", "ours.csv"), "none.csv: no such label list"),
        (("--labels=labels.csv", "none.csv"), "none.csv: no such table"),
        (("--labels=labels.csv", "clip.csv"), "the table is of videos, and these labels are of photos"),
        (("--labels=labels.csv", "labels.csv", "ours.csv", "--names=a"), "--names has 1 names for 2 tables"),
    ],
)
def test_mistakes_are_told_in_one_line(folder, arguments, message):
    put(folder / "clip.csv", OPENFACE2_VIDEO)
    result = run(folder, *arguments)
    assert result.returncode == 2 and message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
