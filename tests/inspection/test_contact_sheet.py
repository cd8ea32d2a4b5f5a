from pathlib import Path

import cv2
import numpy as np
import pytest

from emotionet_tf.action_units import ACTION_UNITS
from emotionet_tf.errors import UserError
from emotionet_tf.inspection.contact_sheet import SheetChoice, SheetPicker, draw_section
from emotionet_tf.inspection.folder_contents import read_contents
from emotionet_tf.inspection.inspect_records import InspectionConfig, inspect_records
from emotionet_tf.inspection.verifying_reader import ReadExamples


def examples(names, labels=None, mask=None):
    labels = np.zeros((len(names), 23), np.float32) if labels is None else labels
    mask = np.ones_like(labels) if mask is None else mask
    crops = {view: [name.encode() for name in names] for view in ("close_up", "context")}
    return ReadExamples(list(names), {"labels": labels, "mask": mask}, crops)


def picked(choice, *some):
    picker = SheetPicker(choice)
    for one in some:
        picker.add(one)
    return [shown.example_id for shown in picker.picked()], picker.num_matching


def test_choice_depends_on_the_seed_and_not_on_the_order():
    names = [f"n{number:02d}" for number in range(50)]
    chosen, matching = picked(SheetChoice(num_photos=8), examples(names))
    assert (len(set(chosen)), matching) == (8, 50)
    assert chosen == sorted(chosen)
    again, _ = picked(SheetChoice(num_photos=8), examples(names[:20:-1]), examples(names[:21]))
    assert again == chosen
    assert picked(SheetChoice(num_photos=8, seed=1), examples(names))[0] != chosen


def test_aus_that_are_asked_for_are_all_present_and_known():
    # AU1 and AU2 are columns 0 and 1. a: both; b: one; c: both, but AU2 is unknown; d: none.
    labels, mask = np.zeros((4, 23), np.float32), np.ones((4, 23), np.float32)
    labels[[0, 1, 2], 0] = 1
    labels[[0, 2], 1] = 1
    mask[2, 1] = 0
    assert picked(SheetChoice(aus=(1, 2)), examples("abcd", labels, mask)) == (["a"], 1)
    assert picked(SheetChoice(aus=(1,)), examples("abcd", labels, mask)) == (["a", "b", "c"], 3)


def test_ids_come_in_the_order_they_are_asked_for_whatever_the_number():
    choice = SheetChoice(num_photos=1, ids=("c", "a", "x"))
    assert picked(choice, examples("abcd"))[0] == ["c", "a"]


def test_records_of_one_id_are_all_shown():
    assert picked(SheetChoice(num_photos=3), examples("aaa"))[0] == ["a", "a", "a"]
    assert picked(SheetChoice(ids=("a", "b")), examples("aab"))[0] == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"aus": (3,)}, "AU 3 must be one of FACS: 1, 2, 4"),
        ({"num_photos": 0}, "num_photos must be 1 or more"),
    ],
)
def test_choice_that_means_nothing_is_refused(options, message):
    with pytest.raises(UserError, match=message):
        SheetChoice(**options)


def test_sheet_shows_the_crops_of_all_folders(make_records, tmp_path):
    folders = (make_records("opt", 6), make_records("train", 3, first=8))
    output = str(tmp_path / "new" / "sheet.png")
    choice = SheetChoice(ids=("N_0000000000_00002",))
    inspection = inspect_records(InspectionConfig(folders, output, choice), lambda contents: None)
    assert inspection.missing_ids == ()
    sheet = cv2.imread(output)
    crop = cv2.imread(str(Path(folders[0]).parents[1] / "opt-faces/context/N_0000000000_00002.jpg"))
    # Two lines of title above; the context crop stands beside the close-up; both are enlarged to 160 px.
    top = 2 * 17 + 6
    shown = cv2.resize(sheet[top : top + 160, 160:320], (24, 24), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - crop).mean() < 6


def test_one_view_takes_half_the_room_and_a_crop_that_is_none_is_plain(make_records):
    folder = make_records("opt", 12, num_shards=1)
    picker = SheetPicker(SheetChoice())
    contents = read_contents(folder, with_looks=False, look_at=picker.add, progress=lambda done: None)
    both = draw_section(contents, picker, SheetChoice())
    one = draw_section(contents, picker, SheetChoice(views=("context",)))
    assert both.shape[1] == 6 * (2 * 160 + 8)
    assert one.shape[1] == 11 * (160 + 8)
    broken = SheetPicker(SheetChoice())
    broken.add(examples("a"))
    top = 2 * 17 + 6
    assert (draw_section(contents, broken, SheetChoice())[top : top + 160, :160] == 48).all()


def test_folder_without_a_match_has_its_title_only(make_records, tmp_path):
    output = str(tmp_path / "sheet.png")
    config = InspectionConfig((make_records("opt", 12),), output, SheetChoice(aus=ACTION_UNITS))
    inspect_records(config, lambda contents: None)
    assert cv2.imread(output).shape[0] == 2 * 17 + 6
