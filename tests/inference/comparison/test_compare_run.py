"""A dataset's label files, a program on its videos and one on their pictures."""

import pytest
from tool_inputs import put

from emotionet_tf.inference.comparison.run import compare_files
from emotionet_tf.inference.comparison.settings import CompareConfig
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading

AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
# DISFA's intensities of AU12 on frames 1 to 6: present from 2 on, so 0 0 1 1 1 0.
CODED = (0, 1, 2, 3, 4, 0)


@pytest.fixture
def folder(tmp_path):
    for person in ("SN901", "SN902"):
        for au in AUS:
            values = CODED if au == 12 else (0,) * 6
            lines = [f"{frame},{value}\n" for frame, value in enumerate(values, start=1)]
            put(tmp_path / f"disfa/ActionUnit_Labels/{person}/{person}_au{au}.txt", "".join(lines))
        # OpenFace on the video: frames from 1, a grade too high on each, and wrong on frame 2; frame 6 failed.
        rows = [
            f"{frame}, 0, {frame / 20}, 0.9, {int(frame != 6)}, {value + 1}.00, {int(value >= 1)}.00"
            for frame, value in enumerate(CODED, start=1)
        ]
        header = "frame, face_id, timestamp, confidence, success, AU12_r, AU12_c"
        put(tmp_path / f"openface/LeftVideo{person}_comp.csv", "\n".join([header, *rows]))
    put_pyfeat(tmp_path, first=0)
    return tmp_path


def put_pyfeat(folder, first: int) -> None:
    """Writes Py-Feat's table on pictures that count from `first`: right on each."""
    pictures = [
        f"1,0.9,{0.9 if value >= 2 else 0.1},/data/{person}/{number + first}.jpg,{number}"
        for person in ("SN901", "SN902")
        for number, value in enumerate(CODED)
    ]
    put(folder / "pyfeat.csv", "\n".join(["FaceRectX,FaceScore,AU12,input,frame", *pictures]))


def au12_compared(folder, **settings):
    comparison = compare_files(
        CompareConfig(
            tables=(str(folder / "pyfeat.csv"), str(folder / "openface")),
            labels=(str(folder / "disfa"),),
            sequence_of=("SN[0-9]+",),
            num_draws=100,
            **settings,
        )
    )
    assert comparison.num_persons == 2 and comparison.persons_from == "the labels name the persons"
    return next(one for one in comparison.aus if one.au == 12)


@pytest.mark.parametrize("first", [0, 1])
def test_frames_and_pictures_meet_at_the_datasets_frames_whatever_pictures_count_from(folder, first):
    put_pyfeat(folder, first)
    au12 = au12_compared(folder)
    assert (au12.num_known, au12.num_positive, au12.num_common) == (12, 6, 10)
    # Shifted by one it would be wrong on two frames of each person.
    assert au12.tools["pyfeat"].on_common["accuracy"].value == 1
    # Of frames 1 to 5 of each person: 3 TP and, on frame 2, 1 FP.
    assert au12.tools["openface"].on_common["f1"].value == pytest.approx(6 / 7)
    assert au12.tools["openface"].num_failed == 2


def test_datasets_intensities_are_compared(folder):
    au12 = au12_compared(folder)
    # OpenFace's 1 to 5 on frames 1 to 5 are coded 0 to 4.
    found = {name: one.value for name, one in au12.tools["openface"].agreement.items()}
    assert found["mae"] == pytest.approx(1) and found["icc"] == pytest.approx(1)
    assert au12.num_graded == 10 and au12.tools["pyfeat"].agreement == {}


def test_from_which_intensity_a_label_is_present_is_a_setting(folder):
    au12 = au12_compared(folder, reading=LabelReading(positive_from=1))
    assert au12.num_positive == 8 and au12.tools["openface"].on_common["f1"].value == 1
