"""Which picture shows a frame is found from the pictures' numbers, and what does not fit is refused or told."""

import re

import pytest
from small_label_folders import SmallSet, disfa, numbered_lines, read_set, text, write_files

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.label_lists.streaming import label_checksum


def read_with(folder, pictures, frame_offset=None, files=None):
    """Reads DISFA's small folder, of two persons with five frames each, with these pictures."""
    write_files(folder, disfa().files if files is None else files)
    return read_label_list(folder, LabelReading(frame_offset=frame_offset), pictures)


def numbers(person, *which):
    return [f"{person}/{number}.jpg" for number in which]


BOTH_FROM_0 = [*numbers("SN001", *range(5)), *numbers("SN002", *range(5))]


@pytest.mark.parametrize(("first", "offset"), [(0, -1), (1, 0)])
def test_offset_is_found_from_whole_videos(tmp_path, first, offset):
    labels = read_with(tmp_path, [*numbers("SN001", *range(first, first + 5)), "other/notes.jpg"])
    assert [row.photo for row in labels.rows[:5]] == numbers("SN001", *range(first, first + 5))
    assert [(row.frame.sequence, row.frame.number) for row in labels.rows[:2]] == [("SN001", 1), ("SN001", 2)]
    assert (
        f"frame 1 is picture {1 + offset}: so say first and last picture of 1 of 2 sequences" in labels.remark
    )


def test_video_without_pictures_gets_the_names_that_they_would_have(tmp_path):
    labels = read_with(tmp_path, numbers("SN001", 1, 2, 3, 4, 5))
    assert [row.photo for row in labels.rows[5:]] == numbers("SN002", 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("which", "offset"),
    [
        ((0, 1, 3), -1),  # picture 0 is no frame of pictures that count from 1
        ((2, 4, 5), 0),  # picture 5 is the sixth of pictures that count from 0
        ((1, 2, 4, 5), 0),
    ],
)
def test_one_end_tells_where_pictures_without_a_face_are_missing(tmp_path, which, offset):
    labels = read_with(tmp_path, numbers("SN001", *which))
    assert f"frame 1 is picture {1 + offset}: so say" in labels.remark
    assert "rows without a picture: " in labels.remark


def test_pictures_that_fit_both_ways_take_the_usual_offset_and_say_so(tmp_path):
    labels = read_with(tmp_path, numbers("SN001", 2, 3))
    assert "frame 1 is picture 0: taken for granted" in labels.remark


def test_pictures_from_1_of_which_the_last_are_missing_count_from_1(tmp_path):
    labels = read_with(tmp_path, numbers("SN001", 1, 2, 3))
    assert labels.rows[0].photo == "SN001/1.jpg"


def test_one_picture_more_than_rows_is_told(tmp_path):
    labels = read_with(tmp_path, numbers("SN001", *range(1, 7)))
    assert "pictures without a row: 1 (SN001 1)" in labels.remark


def test_videos_that_contradict_each_other_are_refused(tmp_path):
    message = "SN00[12] has codes of 5 frames, 1 to 5, and 5 pictures, 1 to 5.*0 to 4"
    with pytest.raises(UserError, match="numbered in different ways") as caught:
        read_with(tmp_path, [*numbers("SN001", *range(5)), *numbers("SN002", *range(1, 6))])
    assert re.search(message, str(caught.value)) or re.search("0 to 4.*1 to 5", str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("wanted", "found"), [(0, -1), (-2, -1)])
def test_setting_that_the_pictures_contradict_is_refused(tmp_path, wanted, found):
    with pytest.raises(UserError, match=rf"--frame_offset says \{wanted:+d}; give --frame_offset={found}"):
        read_with(tmp_path, BOTH_FROM_0, frame_offset=wanted)


def test_setting_decides_where_pictures_do_not(tmp_path):
    labels = read_with(tmp_path, numbers("SN001", 2, 3), frame_offset=0)
    assert [row.photo for row in labels.rows[:5]] == numbers("SN001", 1, 2, 3, 4, 5)


def test_pictures_far_beyond_the_codes_are_refused(tmp_path):
    with pytest.raises(UserError, match="the pictures go beyond the codes"):
        read_with(tmp_path, numbers("SN001", *range(9)))


def test_one_video_alone_whose_codes_begin_with_frame_2_is_refused_until_somebody_says_the_offset(tmp_path):
    small = disfa()
    files = {name: content for name, content in small.files.items() if "SN001" in name}
    shifted = small.shifted(files, 1)
    with pytest.raises(UserError, match="the codes are shifted or a row is missing.*--frame_offset=-1"):
        read_with(tmp_path, numbers("SN001", *range(1, 6)), files=shifted)
    labels = read_with(tmp_path, numbers("SN001", *range(1, 6)), frame_offset=-1, files=shifted)
    assert (
        "videos whose codes do not begin with frame 1: rows missing, or all shifted? 1 (SN001: frame 2)"
        in labels.remark
    )


def test_all_videos_shifted_the_same_way_are_refused(tmp_path):
    small = disfa()
    shifted = small.shifted(
        {name.replace("SN002", "SN00X/SN001/"): content for name, content in small.files.items()}, 1
    )
    with pytest.raises(UserError, match="shifted"):
        read_with(tmp_path, numbers("SN001", *range(5)), files=shifted)


def test_both_cameras_in_one_folder_are_refused(tmp_path):
    pictures = ["left/SN001/0.jpg", "right/SN001/0.jpg"]
    with pytest.raises(
        UserError, match=r"left/SN001/0.jpg and right/SN001/0.jpg are both picture 0 of SN001"
    ):
        read_with(tmp_path, pictures)


def test_pictures_of_a_person_without_codes_are_told(tmp_path):
    labels = read_with(tmp_path, [*BOTH_FROM_0, *numbers("SN003", 0, 1)])
    assert "pictures of videos without codes: 2 (SN003 2)" in labels.remark


def test_file_of_one_au_that_is_shifted_makes_that_au_unknown_and_is_named(tmp_path):
    small = disfa()
    files = numbered_lines(
        small.files, "SN001_au12.txt", lambda line: f"{int(line.split(',')[0]) + 1},{line.split(',')[1]}"
    )
    labels = read_with(tmp_path, small.pictures, files=files)
    column = labels.aus.index(12)
    assert [row.mask[column] for row in labels.rows] == [0] * 5 + [1] * 5
    assert "SN001: AU12 is unknown: its file has frames 2 to 6, the other AUs' 1 to 5" in labels.remark


def test_missing_file_of_an_au_is_unknown_and_named(tmp_path):
    files = {name: content for name, content in disfa().files.items() if "SN001_au4.txt" not in name}
    labels = read_with(tmp_path, disfa().pictures, files=files)
    column = labels.aus.index(4)
    assert [row.mask[column] for row in labels.rows] == [0] * 5 + [1] * 5
    assert "SN001: no file of AU04; unknown" in labels.remark


def test_au_that_lacks_frames_is_unknown_there(tmp_path):
    name = "ActionUnit_Labels/SN001/SN001_au1.txt"
    labels = read_with(tmp_path, BOTH_FROM_0, files={**disfa().files, name: text("1,0", "2,1", "4,3")})
    assert [row.mask[0] for row in labels.rows[:5]] == [1, 1, 0, 1, 0]
    assert "SN001: AU01 is coded in 3 of 5 frames" in labels.remark


def test_frame_that_one_file_has_beyond_the_others_is_unknown_in_these(tmp_path):
    name = "ActionUnit_Labels/SN001/SN001_au1.txt"
    more = text(*(f"{frame},3" for frame in range(1, 7)))
    labels = read_with(tmp_path, None, files={**disfa().files, name: more})
    rows = [row for row in labels.rows if row.person == "SN001"]
    assert [row.mask[0] for row in rows] == [1] * 6
    assert [row.mask[1] for row in rows] == [1, 1, 1, 1, 1, 0]
    assert "SN001: AU02 is coded in 5 of 6 frames" in labels.remark


def test_frame_that_no_file_has_is_told(tmp_path):
    files = {
        name: text(*(line for line in content.decode().splitlines() if not line.startswith("3,")))
        for name, content in disfa().files.items()
    }
    labels = read_with(tmp_path, BOTH_FROM_0, files=files)
    assert "SN001: 1 frames between 1 and 5 have no row" in labels.remark
    assert "pictures without a row: 2 (SN001 1, SN002 1)" in labels.remark
    assert len(labels.rows) == 8


def test_duplicate_and_unreadable_lines_are_rejected_with_place_and_reason(tmp_path):
    name = "ActionUnit_Labels/SN001/SN001_au1.txt"
    content = text("1,0", "1,0", "1,3", "2,x", "3,6", "4;0", "0,0", "5,0")
    labels = read_with(tmp_path, None, files={**disfa().files, name: content})
    assert [(bad.line, bad.source, bad.reason) for bad in labels.rejected] == [
        (2, name, "duplicate frame, same value as line 1"),
        (3, name, "duplicate frame, conflicting value as line 1"),
        (4, name, "no frame and value: 'x' is not a number"),
        (5, name, "no frame and value: value '6' is not one of this dataset's"),
        (6, name, "no frame and value: '4;0'"),
        (7, name, "no frame and value: frame 0, but frames count from 1: is it shifted?"),
    ]


def test_rows_of_each_person_are_counted(tmp_path):
    labels = read_with(tmp_path, None)
    assert "DISFA, 10 rows of 2 persons in 2 sequences (SN001 5, SN002 5); AUs 01 02 04" in labels.remark
    assert "picture" not in labels.remark


def test_threshold_is_the_dataset_s_and_can_be_another(tmp_path):
    write_files(tmp_path, disfa().files)
    usual = read_label_list(tmp_path)
    other = read_label_list(tmp_path, LabelReading(positive_from=1))
    assert [row.labels[0] for row in usual.rows[:5]] == [0, 0, 1, 1, 1]
    assert [row.labels[0] for row in other.rows[:5]] == [0, 1, 1, 1, 1]
    assert usual.rows[1].intensities[0] == other.rows[1].intensities[0] == 1
    assert "an intensity of 2 or more" in usual.remark and "an intensity of 1 or more" in other.remark


def test_threshold_for_a_dataset_that_codes_presence_is_refused(tmp_path):
    write_files(tmp_path, {"RAFAU_label.txt": b"0001.jpg 1\n"})
    with pytest.raises(UserError, match="RAF-AU codes presence itself; leave --positive_from=2 out"):
        read_label_list(tmp_path, LabelReading(positive_from=2))


def test_two_datasets_in_one_folder_are_refused_with_the_way_out(tmp_path):
    write_files(tmp_path, {**disfa().files, "RAFAU_label.txt": b"0001.jpg 1\n"})
    with pytest.raises(UserError, match="DISFA and of RAF-AU.*--label_format=disfa or --label_format=raf_au"):
        read_label_list(tmp_path)
    assert read_label_list(tmp_path, LabelReading(label_format="raf_au")).num_rows == 1


def test_folder_within_the_dataset_may_be_named(tmp_path):
    write_files(tmp_path, disfa().files)
    assert len(read_label_list(tmp_path / "ActionUnit_Labels" / "SN001").rows) == 5


def test_one_label_file_may_be_named(tmp_path):
    write_files(tmp_path, disfa().files)
    labels = read_label_list(tmp_path / "ActionUnit_Labels/SN001/SN001_au1.txt")
    assert [row.labels[0] for row in labels.rows] == [0, 0, 1, 1, 1]
    assert labels.rows[0].mask.sum() == 1


def test_checksum_changes_with_a_label_and_with_a_place(tmp_path):
    write_files(tmp_path / "a", disfa().files)
    write_files(tmp_path / "b", disfa().files)
    assert label_checksum(tmp_path / "a") == label_checksum(tmp_path / "b")
    (tmp_path / "b/ActionUnit_Labels/SN001/SN001_au1.txt").write_bytes(b"1,0\n")
    assert label_checksum(tmp_path / "a") != label_checksum(tmp_path / "b")


def test_settings_that_are_not_the_defaults_are_told():
    assert LabelReading().to_dict() == {}
    assert LabelReading(frame_offset=0, neutral_frames=True).to_dict() == {
        "frame_offset": 0,
        "neutral_frames": True,
    }


def test_same_video_twice_is_refused(tmp_path):
    small = SmallSet(
        {
            "abaw1/AU_Set/Train_Set/v.txt": b"AU1\n0\n",
            "abaw2/AU_Set/Train_Set/v.txt": b"AU1\n0\n",
        },
        (),
        {},
    )
    with pytest.raises(UserError, match=r"abaw1/.*v.txt and abaw2/.*v.txt both have codes of v"):
        read_set(tmp_path, small)
