import pytest
from comparison_inputs import frame_row, label_row, tool_row, tool_table

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows

PHOTOS = [label_row(name, {12: 1}) for name in ("s1/a.jpg", "s1/b.jpg", "s2/a.jpg")]
FRAMES = [frame_row(video, number, {12: 1}) for video in ("F1/T1", "F1/T2") for number in (1, 2, 3)]


def match(labels, rows, **rules):
    return match_rows(labels, tool_table(rows), "ours", MatchRules(**rules))


def test_photos_match_by_path_and_each_row_is_counted():
    rows = [tool_row([1], picture=name) for name in ("in/s2/a.jpg", "in/s1/a.jpg", "in/s9/z.jpg")]
    matched = match(PHOTOS, rows)
    assert matched.rows == [rows[1], None, rows[0]]
    assert (matched.num_matched, matched.num_unlabelled, matched.num_further_faces) == (2, 1, 0)


def test_ids_match_where_paths_do_not():
    labels = [label_row("other/1.jpg", {12: 1})]
    object.__setattr__(labels[0], "example_id", "s1/a")
    assert match(labels, [tool_row([1], picture="s1/a")]).num_matched == 1


def test_of_several_faces_the_surest_with_scores_counts():
    rows = [
        tool_row([0], picture="s1/a.jpg", confidence=0.5),
        tool_row([1], picture="s1/a.jpg", confidence=0.9),
        tool_row(None, picture="s1/a.jpg", confidence=1.0),
    ]
    matched = match(PHOTOS, rows)
    assert matched.rows[0] is rows[1] and matched.num_further_faces == 2
    # Equally sure, or nothing said of it: the first.
    rows = [tool_row([0], picture="s1/a.jpg"), tool_row([1], picture="s1/a.jpg")]
    assert match(PHOTOS, rows).rows[0] is rows[0]


def test_frames_match_by_video_and_number():
    rows = [tool_row([1], sequence="out/F1/T2", frame=number) for number in (1, 3, 4)]
    matched = match(FRAMES, rows)
    assert matched.rows == [None, None, None, rows[0], None, rows[1]]
    assert matched.num_unlabelled == 1


def test_places_in_a_folder_are_not_taken_for_frames_of_a_video():
    labels = [frame_row("clip", number, {12: 1}) for number in (2, 4, 6, 8)]
    rows = [tool_row([1], sequence="clip", frame=number, seconds=0.0) for number in (1, 2, 3, 4)]
    with pytest.raises(UserError, match=r"clip has 4 frames, all of time 0, .* up to 8: .*--match=frame"):
        match(labels, rows)
    assert match(labels, rows, way="frame").num_matched == 2
    timed = [tool_row([1], sequence="clip", frame=number, seconds=number / 25) for number in (1, 2, 3, 4)]
    assert match(labels, timed).num_matched == 2


def test_offset_moves_the_tables_frames():
    rows = [tool_row([1], sequence="F1/T1", frame=number) for number in (0, 1, 2)]
    assert match(FRAMES, rows, frame_offset=1).rows[:3] == rows


def test_just_the_first_frame_missing_everywhere_is_told_with_the_offset_that_moves_it():
    rows = [
        tool_row([1], sequence=video, frame=number) for video in ("F1/T1", "F1/T2") for number in (2, 3, 4)
    ]
    (remark,) = match(FRAMES, rows).remarks
    assert "just the first 1 labelled frames" in remark and "--table_frame_offset=-1" in remark
    rows = [
        tool_row([1], sequence=video, frame=number) for video in ("F1/T1", "F1/T2") for number in (0, 1, 2)
    ]
    (remark,) = match(FRAMES, rows).remarks
    assert "just the last 1 labelled frames" in remark and "--table_frame_offset=1" in remark
    rows = [tool_row([1], sequence=video, frame=number) for video in ("F1/T1", "F1/T2") for number in (1, 3)]
    assert match(FRAMES, rows).remarks == ()


def test_times_become_frames_by_the_rate():
    # At 25 frames a second 0.04 s is the second frame.
    rows = [tool_row([1], sequence="F1/T1", seconds=seconds) for seconds in (0.0, 0.04, 0.0801)]
    assert match(FRAMES, rows, fps=25).rows[:3] == rows
    with pytest.raises(UserError, match="matching by time needs --fps"):
        match(FRAMES, rows)
    numbered = [tool_row([1], sequence="F1/T1", frame=1, seconds=0.08)]
    assert match(FRAMES, numbered, way="time", fps=25).rows[2] is numbered[0]
    with pytest.raises(UserError, match="frame 1 has no time to match by"):
        match(FRAMES, [tool_row([1], sequence="F1/T1", frame=1)], way="time", fps=25)


def test_rule_finds_the_labels_name_in_the_videos():
    labels = [frame_row("SN001", 1, {12: 1})]
    rows = [tool_row([1], sequence="LeftVideoSN001_comp", frame=1)]
    assert match(labels, rows, sequence_of="SN[0-9]+").rows == rows
    assert match(labels, rows, sequence_of="Video(SN[0-9]+)_").rows == rows
    with pytest.raises(UserError, match="finds nothing in LeftVideoSN001_comp"):
        match(labels, rows, sequence_of="XX")
    with pytest.raises(UserError, match="is not a regular expression"):
        match(labels, rows, sequence_of="(")


def test_error_shows_one_of_each_side_when_nothing_matches():
    with pytest.raises(UserError, match=r"ours: .* it has 'x.jpg', the labels 's1/a.jpg': names need"):
        match(PHOTOS, [tool_row([1], picture="x.jpg")])
    with pytest.raises(
        UserError, match=r"it has 'clip, frame 1', the labels 'F1/T1, frame 1': rename the files"
    ):
        match(FRAMES, [tool_row([1], sequence="clip", frame=1)])
    with pytest.raises(UserError, match="the table is of videos, and these labels are of photos"):
        match(PHOTOS, [tool_row([1], sequence="clip", frame=1)])
    with pytest.raises(UserError, match="the labels have no frames of videos"):
        match(PHOTOS, [tool_row([1], sequence="clip", frame=1)], way="frame")
