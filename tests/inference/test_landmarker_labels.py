import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import warm_commands
from mediapipe_models import default_model

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.mediapipe.landmarker import Landmarked
from emotionet_tf.faces.head_pose import rotation_matrix
from emotionet_tf.faces.table import FaceRow, write_face_table
from emotionet_tf.inference.landmarker_labels import mesh_rules
from emotionet_tf.inference.landmarker_labels.blendshape_rules import RULES
from emotionet_tf.inference.landmarker_labels.face_labels import CHANGED, LABELLERS, label_faces
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.photos.versions import PhotoVersion
from emotionet_tf.storage.rows_so_far import rows_so_far

ROOT = Path(__file__).resolve().parents[2]
BLENDSHAPES = LABELLERS["blendshapes"]
NO_MESH, NO_PICTURE = np.zeros((478, 3)), np.zeros((8, 8, 3), np.uint8)
SHAPES = {name for rule in RULES.values() for name in (*rule.shapes, *rule.unclear_with)}


def labels_by_au(scores: dict[str, float], aus: tuple[int, ...] = tuple(RULES)) -> dict[int, int | None]:
    face = Landmarked(NO_MESH, {**dict.fromkeys(SHAPES, 0.0), **scores}, NO_PICTURE)
    labels, mask = BLENDSHAPES.labels(face, aus)
    assert labels.dtype == mask.dtype == np.float32 and not labels[mask == 0].any()
    return {au: int(labels[i]) if mask[i] else None for i, au in enumerate(ACTION_UNITS)}


def test_face_at_rest_shows_none_of_the_aus_that_are_labelled():
    rest = labels_by_au({})
    assert {au for au, label in rest.items() if label == 0} == set(RULES)
    assert all(rest[au] is None for au in ACTION_UNITS if au not in RULES)


def test_between_its_limits_a_label_is_unknown():
    # Limits of AU 12: 0.1 and 0.4.
    assert [labels_by_au({"mouthSmileLeft": score})[12] for score in (0.1, 0.11, 0.39, 0.4)] == [
        0,
        None,
        None,
        1,
    ]


def test_one_side_is_enough_but_for_the_eyes():
    assert labels_by_au({"browOuterUpRight": 0.9})[2] == 1
    assert labels_by_au({"eyeBlinkLeft": 0.9})[43] == 0
    assert labels_by_au({"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.4})[43] is None
    assert labels_by_au({"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.6})[43] == 1


@pytest.mark.parametrize("au, shape", [(15, "mouthFrownLeft"), (17, "mouthShrugLower")])
def test_mouth_corners_and_chin_of_a_smiling_face_say_nothing(au, shape):
    assert labels_by_au({shape: 0.9})[au] == 1
    assert labels_by_au({shape: 0.9, "mouthSmileRight": 0.3})[au] == 1
    assert labels_by_au({shape: 0.9, "mouthSmileRight": 0.31})[au] is None
    assert labels_by_au({"mouthSmileRight": 0.31})[au] is None


def test_cheeks_are_judged_by_millionths():
    labels = [labels_by_au({"cheekSquintRight": score})[6] for score in (6e-7, 1e-6, 2e-6)]
    assert labels == [0, None, 1]


def test_open_jaw_parts_the_lips_and_only_chosen_aus_are_labelled():
    both = labels_by_au({"jawOpen": 0.5})
    assert both[25] == both[26] == 1
    assert labels_by_au({"jawOpen": 0.5}, (26,))[25] is None


def mesh_with(**heights: float) -> np.ndarray:
    """Returns an upright mesh whose named vertices are that high, in a head with all else at the eyes' height."""
    mesh = np.zeros((478, 3))
    for name, height in heights.items():
        mesh[list(getattr(mesh_rules, f"_{name.upper()}")), 1] = -height
    return mesh


def test_distances_on_the_mesh_are_those_worked_out_by_hand():
    # Outer ends .3 above the eyes, inner ends .25: .3 - 1.5 * .25.
    slanted = mesh_with(outer_brows=0.4, inner_brows=0.35, eye_corners=0.1)
    assert mesh_rules.inner_brow_raising(slanted) == pytest.approx(-0.05)
    assert mesh_rules.inner_brow_lowering(slanted) == pytest.approx(-0.075)
    assert mesh_rules.brow_nearness(mesh_with(middle_brows=0.3, eye_corners=0.1)) == pytest.approx(-0.2)
    # Inner ends .25 above the eyes, middles .3: .25 - 1.25 * .3.
    oblique = mesh_with(inner_brows=0.35, middle_brows=0.4, eye_corners=0.1)
    assert mesh_rules.brow_obliqueness(oblique) == pytest.approx(-0.125)
    assert mesh_rules.cheek_nearness(mesh_with(cheeks=-0.2, lower_lids=-0.05)) == pytest.approx(-0.15)
    mouth = np.zeros((478, 3))
    mouth[61], mouth[291] = (-0.3, 0.4, 0.0), (0.3, 0.4, 0.0)
    mouth[13], mouth[14] = (0.0, 0.4, 0.0), (0.0, 0.43, 0.04)
    assert mesh_rules.mouth_width(mouth) == pytest.approx(0.6)
    assert mesh_rules.mouth_opening(mouth) == pytest.approx(0.05)


def brows(inner: float, middle: float, outer: float) -> np.ndarray:
    return mesh_with(inner_brows=inner, middle_brows=middle, outer_brows=outer)


def test_oblique_brows_over_a_wide_mouth_are_unknown():
    mesh = brows(0.24, 0.25, 0.24)
    for width, label in ((0.59, True), (0.6, None)):
        mesh[[61, 291], 0] = -width / 2, width / 2
        assert mesh_rules.RULES[4].label(mesh) is label
    raised = brows(0.24, 0.25, 0.22)
    for width, label in ((0.67, True), (0.68, None)):
        raised[[61, 291], 0] = -width / 2, width / 2
        assert mesh_rules.RULES[1].label(raised) is label
    lowered = brows(0.10, 0.14, 0.10)  # low, so that it needs no obliqueness
    lowered[[61, 291], 0] = -0.4, 0.4
    assert mesh_rules.RULES[4].label(lowered) is True


@pytest.mark.parametrize(
    "au, mesh, label",
    [
        (1, brows(0.22, 0.22, 0.20), 1),  # inner ends higher, by .02
        (1, brows(0.21, 0.22, 0.20), None),
        (1, brows(0.20, 0.22, 0.21), 0),
        (4, brows(0.10, 0.20, 0.15), 1),  # slanted inward by 0.0
        (4, brows(0.10, 0.20, 0.13), None),  # by -.02
        (4, brows(0.10, 0.20, 0.10), 0),  # by -.05
        (4, brows(0.10, 0.14, 0.10), 1),  # not slanted, but low
        (4, brows(0.10, 0.16, 0.10), None),
        (4, brows(0.10, 0.14, 0.13), 1),  # low, and perhaps slanted
        (4, brows(0.24, 0.25, 0.24), 1),  # oblique, by -.0725
        (4, brows(0.20, 0.232, 0.20), None),  # by -.09
        (4, brows(0.30, 0.33, 0.30), 0),  # raised whole, by -.1125
        (6, mesh_with(cheeks=-0.14), 1),
        (6, mesh_with(cheeks=-0.16), None),
        (6, mesh_with(cheeks=-0.18), 0),
    ],
)
def test_mesh_says_what_the_brows_and_cheeks_show(au, mesh, label):
    assert mesh_rules.RULES[au].label(mesh) is (None if label is None else bool(label))


def test_mesh_labels_a_head_that_is_turned_as_the_same_head_upright():
    mesh = np.random.default_rng(0).normal(0, 0.3, (478, 3))
    labeller = LABELLERS["mesh"]
    expected = labeller.labels(Landmarked(mesh, {}, NO_PICTURE), (1, 4, 6, 12, 26))
    turn = rotation_matrix(0.2, -0.4, 0.3)
    turned = Landmarked(0.37 * mesh @ turn.T + [5.0, 7.0, 1.0], {}, NO_PICTURE)
    labels, mask = labeller.labels(turned, (1, 4, 6, 12, 26))
    np.testing.assert_array_equal((labels, mask), expected)
    assert mask.any() and not mask[[ACTION_UNITS.index(au) for au in (2, 25)]].any()


class OneSmile:
    """Sees a smile in the box that starts at 5, and no face elsewhere."""

    def look(self, photo, box):
        smile = {**dict.fromkeys(SHAPES, 0.0), "mouthSmileLeft": 1.0}
        return Landmarked(NO_MESH, smile, NO_PICTURE) if box[0] == 5 else None


def test_every_face_gets_labels_or_a_reason(tmp_path):
    photos = ROOT / "examples" / "photos"
    name = "openpeople_001_happy.jpg"
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / name).write_bytes((photos / name).read_bytes())
    box = dict(box_top_px=1.0, box_width_px=9.0, box_height_px=9.0)
    rows = [
        FaceRow("a", name, 0, True, "mtcnn", 0.9, box_left_px=5.0, **box),
        FaceRow("a#1", name, 1, True, "mtcnn", 0.9, box_left_px=6.0, **box),
        FaceRow("b", "broken.jpg", 0, True, "mtcnn", 0.9, box_left_px=5.0, **box),
        FaceRow("c", "none.jpg", 0, False, "mtcnn", reason="no face"),
        FaceRow("d", name, 0, True, "mtcnn", 0.9),
    ]
    first, second, third, fourth = label_faces(rows, tmp_path, OneSmile(), BLENDSHAPES, (12,))
    assert first[1].example_id == "a" and first[1].labels[ACTION_UNITS.index(12)] == 1
    assert second[1] is None and second[2] == "mediapipe finds no face in the face's box"
    assert third[0].example_id == "b" and third[1] is None and third[2]
    assert fourth[1:] == (None, "the face table has no box")
    before = {name: PhotoVersion(1, 1, "")}
    changed, *_ = label_faces(rows[:1], tmp_path, OneSmile(), BLENDSHAPES, (12,), before)
    assert changed[1:] == (None, CHANGED)


def test_faces_that_are_done_are_not_looked_at_again(tmp_path):
    name = "openpeople_001_happy.jpg"
    (tmp_path / name).write_bytes((ROOT / "examples" / "photos" / name).read_bytes())
    box = dict(box_top_px=1.0, box_width_px=9.0, box_height_px=9.0)
    rows = [
        FaceRow(f"a#{left}", name, 0, True, "mtcnn", 0.9, box_left_px=float(left), **box)
        for left in (5, 6, 7, 8)
    ]
    expected = list(label_faces(rows, tmp_path, OneSmile(), BLENDSHAPES, (12,)))
    seen = []

    class Counting(OneSmile):
        def look(self, photo, box):
            seen.append(box[0])
            return super().look(photo, box)

    with pytest.raises(UserError), rows_so_far(tmp_path / "labels.csv", {}) as so_far:
        for number, _ in enumerate(
            label_faces(rows, tmp_path, Counting(), BLENDSHAPES, (12,), so_far=so_far)
        ):
            if number == 1:
                raise UserError("killed")
    with rows_so_far(tmp_path / "labels.csv", {}) as so_far:
        found = list(label_faces(rows, tmp_path, Counting(), BLENDSHAPES, (12,), so_far=so_far))
    assert seen == [5, 6, 7, 8]
    for one, other in zip(found, expected, strict=True):
        assert one[0] is other[0] and one[2] == other[2]
        assert (one[1] is None) == (other[1] is None)
        if one[1] is not None:
            np.testing.assert_array_equal(one[1].labels, other[1].labels)
            np.testing.assert_array_equal(one[1].mask, other[1].mask)


def test_output_that_would_replace_the_face_table_is_refused(tmp_path):
    write_face_table(tmp_path / "faces.csv", [FaceRow("c", "none.jpg", 0, False, "mtcnn", reason="no face")])
    before = (tmp_path / "faces.csv").read_bytes()
    folders = [f"--photos_dir={tmp_path}", f"--faces_dir={tmp_path}"]
    command = ["-m", "tfrecords_tools.label_blendshapes", *folders]
    refused = warm_commands.run([*command, f"--output={tmp_path / 'faces.csv'}"])
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert "is the face table; choose another file" in refused.stderr
    mistyped = warm_commands.run([*command, f"--output={tmp_path / 'labels.csv'}", "--aus=12,9"])
    assert (
        mistyped.stderr == "error: --aus: '9' must be one of 1, 2, 4, 5, 6, 10, 12, 15, 17, 20, 25, 26, 43\n"
    )
    by_mesh = warm_commands.run([*command, f"--output={tmp_path / 'labels.csv'}", "--by=mesh", "--aus=12,25"])
    assert by_mesh.stderr == "error: --aus: '25' must be one of 1, 4, 6, 12, 26\n"
    by_furrows = warm_commands.run(
        [*command, f"--output={tmp_path / 'labels.csv'}", "--by=furrows", "--aus=1"]
    )
    assert by_furrows.stderr == "error: --aus: '1' must be one of 4\n"
    assert (tmp_path / "faces.csv").read_bytes() == before


@pytest.mark.slow
def test_command_labels_a_smile_and_a_surprise_of_the_examples(tmp_path):
    pytest.importorskip("mediapipe")
    if not default_model().is_file():
        pytest.skip("face_landmarker.task is not in the cache folder")
    photos = ROOT / "examples" / "photos"
    faces, output = tmp_path / "faces", tmp_path / "labels.csv"
    for module, *arguments in (
        ("align_faces", f"--photos_dir={photos}", f"--output_dir={faces}"),
        ("label_blendshapes", f"--photos_dir={photos}", f"--faces_dir={faces}", f"--output={output}"),
    ):
        command = [sys.executable, "-m", f"tfrecords_tools.{module}", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, timeout=240)
        assert run.returncode == 0 and not run.stderr, run.stderr
    assert "3 of 3 faces labelled" in run.stdout
    with output.open(newline="") as file:
        happy, surprised, angry = csv.DictReader(file)
    assert (happy["AU12"], surprised["AU12"], angry["AU12"]) == ("1", "0", "0")
    assert (surprised["AU02"], surprised["AU26"], angry["AU26"]) == ("1", "1", "0")
    assert happy["AU04"] == "999"
    assert len(read_label_list(output).rows) == 3
    run = subprocess.run([*command, "--by=mesh"], capture_output=True, text=True, timeout=240)
    assert run.returncode == 0 and not run.stderr, run.stderr
    with output.open(newline="") as file:
        happy, surprised, angry = csv.DictReader(file)
    assert (angry["AU04"], happy["AU04"]) == ("1", "0")
    assert (happy["AU06"], happy["AU12"], surprised["AU12"]) == ("1", "1", "0")
    assert (surprised["AU26"], angry["AU26"], happy["AU02"]) == ("1", "0", "999")
    run = subprocess.run([*command, "--by=furrows"], capture_output=True, text=True, timeout=240)
    assert run.returncode == 0 and not run.stderr, run.stderr
    with output.open(newline="") as file:
        happy, surprised, angry = csv.DictReader(file)
    assert (angry["AU04"], happy["AU04"], surprised["AU04"]) == ("1", "0", "0")
