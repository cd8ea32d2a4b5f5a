"""What a good engineer would guess wrong of datasets' label files: each test fails for the wrong guess."""

import numpy as np
import pytest
from small_label_folders import (
    ABAW_AUS,
    BP4D_HEADER,
    CASME2_HEADER,
    PLUS_HEADER,
    SAMM_HEADER,
    SMALL_SETS,
    abaw_header,
    bp4d_row,
    codes,
    csv_of,
    disfa,
    disfa_plus,
    elan,
    mmi_xml,
    plus_row,
    present,
    text,
    unknown,
    workbook,
    write_files,
)

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.reading_settings import LabelReading
from emotionet_tf.label_lists.datasets.registry import find_dataset
from emotionet_tf.label_lists.reading import read_label_list


def read(folder, files, pictures=None, **settings):
    return read_label_list(write_files(folder, files), LabelReading(**settings), pictures)


# DISFA


@pytest.mark.parametrize(
    "picture",
    [
        "Videos_LeftCamera/LeftVideoSN001_comp/0.jpg",
        "Video_RightCamera/RightVideoSN001_Comp/0.jpg",
        "sn001_00000.png",
        "DISFA/SN001/0.jpg",
    ],
)
def test_disfa_pictures_are_found_by_their_person_whatever_the_folder_and_its_case(tmp_path, picture):
    labels = read(tmp_path, disfa().files, [picture, picture.replace("0.", "4.")])
    assert labels.rows[0].photo == picture


def test_disfa_files_sort_as_text_but_aus_as_numbers(tmp_path):
    # Sorted by name they come as 1 12 15 17 2 20 25 26 4 5 6 9: AU12's values would be AU2's.
    labels = read(tmp_path, disfa().files)
    assert labels.aus == (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
    assert labels.rows[3].intensities.tolist() == [3, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("first", [0, 1])
def test_disfa_picture_0_is_row_1_unless_pictures_count_from_1(tmp_path, first):
    pictures = [f"SN001/{number}.jpg" for number in range(first, first + 5)]
    labels = read(tmp_path, disfa().files, pictures)
    # AU1 is strongest in the fifth frame.
    assert max(labels.rows[:5], key=lambda row: row.intensities[0]).photo == pictures[4]


def test_disfa_threshold_is_2_where_others_take_1(tmp_path):
    assert present(read(tmp_path, disfa().files).rows[1]) == ""
    assert present(read(tmp_path, disfa().files, positive_from=1).rows[1]) == "1"


# DISFA+


def test_disfa_plus_folders_say_trail_and_any_other_name_will_do(tmp_path):
    files = {name.replace("TrailNo", "TrialNo"): content for name, content in disfa_plus().files.items()}
    assert len(read(tmp_path / "a", disfa_plus().files).rows) == len(read(tmp_path / "b", files).rows) == 8


def test_disfa_plus_first_column_is_a_picture_not_a_frame_number(tmp_path):
    labels = read(tmp_path, disfa_plus().files)
    assert (labels.rows[0].photo, labels.rows[0].frame.number) == ("SN001/A1_AU1_TrailNo_1/000.jpg", 1)


def test_disfa_plus_frame_that_one_file_lacks_is_unknown_in_it_only(tmp_path):
    files = dict(disfa_plus().files)
    name = "Labels/SN001/A1_AU1_TrailNo_1/AU12.txt"
    files[name] = text("000.jpg     0", "001.jpg     0", "003.jpg     0")
    labels = read(tmp_path, files)
    assert [unknown(row) for row in labels.rows[:4]] == ["", "", "12", ""]
    assert "A1_AU1_TrailNo_1: AU12 is coded in 3 of 4 frames" in labels.remark


def test_disfa_plus_persons_are_disfa_s_so_that_both_stay_on_one_side_of_a_split(tmp_path):
    first, second = read(tmp_path / "a", disfa().files), read(tmp_path / "b", disfa_plus().files)
    assert {row.person for row in second.rows} == {"SN001"} < {row.person for row in first.rows}


# BP4D, BP4D+, EB+


def test_bp4d_intensities_have_no_header_so_that_the_first_line_is_a_frame(tmp_path):
    files = {
        "AU_OCC/F001_T1.csv": text(BP4D_HEADER, bp4d_row(12, (6,)), bp4d_row(13, (6,))),
        "AU_INT/AU06/F001_T1_AU06.csv": text("12,5", "13,1"),
    }
    labels = read(tmp_path, files)
    column = labels.aus.index(6)
    assert [row.intensities[column] for row in labels.rows] == [5, 1]


def test_bp4d_aus_25_and_26_have_columns_but_no_codes(tmp_path):
    labels = read(tmp_path, SMALL_SETS["bp4d"]().files)
    assert not {25, 26, 3, 8, 40} & set(labels.aus)


def test_bp4d_nine_is_unknown_neither_absent_nor_an_intensity(tmp_path):
    row = read(tmp_path, SMALL_SETS["bp4d"]().files).rows[2]
    column = row.aus.index(2)
    assert (row.mask[column], row.labels[column]) == (0, 0)
    assert np.isnan(row.intensities[row.aus.index(6)])  # coded as 9 in AU_INT


def test_bp4d_row_number_is_not_frame_number(tmp_path):
    labels = read(tmp_path, SMALL_SETS["bp4d"]().files)
    assert [row.frame.number for row in labels.rows[:4]] == [12, 13, 14, 15]


@pytest.mark.parametrize("digits", [1, 3, 4, 5])
def test_bp4d_pictures_have_as_many_zeros_as_somebody_liked(tmp_path, digits):
    pictures = [f"F001/T1/{number:0{digits}d}.jpg" for number in range(12, 17)]
    labels = read(tmp_path, SMALL_SETS["bp4d"]().files, pictures)
    assert [row.photo for row in labels.rows[:4]] == pictures[:4]


@pytest.mark.parametrize(("first", "offset"), [(0, -1), (1, 0)])
def test_bp4d_pictures_of_the_whole_sequence_tell_the_offset_by_where_they_begin(tmp_path, first, offset):
    pictures = [f"F001/T1/{number:04d}.jpg" for number in range(first, first + 50)]
    labels = read(tmp_path, SMALL_SETS["bp4d"]().files, pictures)
    assert labels.rows[0].photo == f"F001/T1/{12 + offset:04d}.jpg"


def test_bp4d_frame_that_column_99_flags_is_left_out_and_told(tmp_path):
    labels = read(tmp_path, SMALL_SETS["bp4d"]().files)
    assert [(bad.line, bad.example_id, bad.reason) for bad in labels.rejected] == [
        (6, "frame 16", "flagged as a whole (column 99): not coded")
    ]


@pytest.mark.parametrize(
    ("header", "row", "name"), [(BP4D_HEADER, bp4d_row, "bp4d"), (PLUS_HEADER, plus_row, "bp4d_plus")]
)
def test_bp4d_and_bp4d_plus_have_one_path_and_differ_in_the_number_of_columns(tmp_path, header, row, name):
    write_files(tmp_path, {"AUCoding/AU_OCC/F001_T1.csv": text(header, row(1, (12,)))})
    found = find_dataset(tmp_path)
    assert found and found.name == name


def test_bp4d_in_the_later_grammar_is_told_by_tasks_that_bp4d_plus_has_no_codes_of(tmp_path):
    write_files(tmp_path, {"AUCoding/AU_OCC/F001_T2.csv": text(PLUS_HEADER, plus_row(1, (12,)))})
    found = find_dataset(tmp_path)
    assert found and found.name == "bp4d"


def test_bp4d_and_bp4d_plus_in_one_folder_are_refused(tmp_path):
    files = {
        "AU_OCC/F001_T1.csv": text(BP4D_HEADER, bp4d_row(1, ())),
        "AU_OCC/F002_T1.csv": text(PLUS_HEADER, plus_row(1, ())),
    }
    with pytest.raises(
        UserError, match=r"AU_OCC/F001_T1.csv is a table of BP4D, AU_OCC/F002_T1.csv one of BP4D\+"
    ):
        read(tmp_path, files)


def test_bp4d_plus_header_has_1_twice_and_the_first_is_the_frame(tmp_path):
    labels = read(tmp_path, {"AU_OCC/F001_T1.csv": text(PLUS_HEADER, plus_row(7, (2,)))})
    assert present(labels.rows[0]) == "2" and labels.rows[0].frame.number == 7


def test_bp4d_plus_codes_of_four_tasks_are_whole(tmp_path):
    files = {
        f"AU_OCC/F001_{task}.csv": text(PLUS_HEADER, plus_row(1, ())) for task in ("T1", "T6", "T7", "T8")
    }
    assert "in 4 sequences" in read(tmp_path, files).remark


@pytest.mark.parametrize("name", ["bp4d_plus", "eb_plus"])
def test_bp4d_plus_frame_f_is_picture_f_minus_1(tmp_path, name):
    labels = read(tmp_path, SMALL_SETS[name]().files)
    assert (labels.rows[0].frame.number, labels.rows[0].photo.rpartition("/")[2]) == (1, "0000.jpg")


def test_bp4d_plus_pictures_that_count_from_1_are_refused(tmp_path):
    pictures = [f"F001/T1/{number:04d}.jpg" for number in range(1, 5)]
    with pytest.raises(UserError, match=r"the dataset's pictures have -1; check the labels"):
        read(tmp_path, SMALL_SETS["bp4d_plus"]().files, pictures)


def test_bp4d_plus_sequence_with_a_known_defect_is_left_out_and_told(tmp_path):
    files = {
        "AU_OCC/F041_T7.csv": text(PLUS_HEADER, plus_row(1, ()), plus_row(2, ())),
        "AU_OCC/F041_T8.csv": text(PLUS_HEADER, plus_row(1, ())),
    }
    labels = read(tmp_path, files)
    assert [row.frame.sequence for row in labels.rows] == ["F041/T8"]
    assert [bad.reason for bad in labels.rejected] == ["known defect: video and codes differ in length"] * 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (bp4d_row(13, ()).replace(",9", ",", 1), "'' is none of 0, 1, 9"),
        (bp4d_row(13, ()) + ",0", "101 cells instead of 100"),
        (bp4d_row(12, ()), "duplicate frame, as line 2"),
        (bp4d_row(0, ()), "no frame: frame 0, but frames count from 1: is it shifted?"),
        ("x", "no frame: 'x' is not a whole number"),
    ],
)
def test_bp4d_row_that_cannot_be_used_is_rejected_with_the_reason(tmp_path, line, reason):
    files = {"AU_OCC/F001_T1.csv": text(BP4D_HEADER, bp4d_row(12, ()), line, bp4d_row(14, ()))}
    labels = read(tmp_path, files)
    assert [row.frame.number for row in labels.rows] == [12, 14]
    assert [(bad.line, bad.reason) for bad in labels.rejected] == [(3, reason)]


def test_bp4d_intensities_of_other_frames_are_left_out_and_told(tmp_path):
    files = dict(SMALL_SETS["bp4d"]().files)
    files["AUCoding/AU_INT/AU06/F001_T1_AU06.csv"] = text("13,0", "14,3", "15,9", "16,0", "17,0")
    labels = read(tmp_path, files)
    column = labels.aus.index(6)
    assert all(np.isnan(row.intensities[column]) for row in labels.rows[:4])
    assert (
        "AU06's intensities are left out: AUCoding/AU_INT/AU06/F001_T1_AU06.csv has frames 13 to 17"
        in labels.remark
    )


# CK+


def test_ck_plus_intensity_0_is_present_with_an_unknown_intensity(tmp_path):
    row = read(tmp_path, SMALL_SETS["ck_plus"]().files).rows[0]
    assert present(row) == "1 2 25"
    assert row.intensities[:2].tolist() == pytest.approx([3, np.nan], nan_ok=True)


def test_ck_plus_au_that_is_not_listed_is_absent_not_unknown(tmp_path):
    labels = read(tmp_path, SMALL_SETS["ck_plus"]().files)
    assert labels.aus == (1, 2, 4, 25) and all(row.mask.all() for row in labels.rows)


def test_ck_plus_only_the_peak_is_a_row_and_the_first_frame_on_request(tmp_path):
    files = SMALL_SETS["ck_plus"]().files
    assert [row.frame.number for row in read(tmp_path, files).rows] == [4, 3, 3]
    wanted = read(tmp_path, files, neutral_frames=True)
    assert [row.frame.number for row in wanted.rows] == [1, 4, 1, 3, 1, 3]
    assert [present(row) for row in wanted.rows[::2]] == ["", "", ""]


def test_ck_plus_numbers_have_several_blanks_between(tmp_path):
    files = {"FACS/S005/001/S005_001_00000002_facs.txt": b"   1.2000000e+01   3.0000000e+00\n"}
    assert read(tmp_path, files).rows[0].intensities.tolist() == [3]


def test_ck_plus_file_with_a_line_that_cannot_be_read_says_nothing_of_the_face(tmp_path):
    files = dict(SMALL_SETS["ck_plus"]().files)
    name = "FACS/S010/002/S010_002_00000003_facs.txt"
    files[name] = codes((4, 0)) + b"   1.2x   3\n"
    labels = read(tmp_path, files)
    assert len(labels.rows) == 2
    assert [(bad.source, bad.example_id) for bad in labels.rejected] == [(name, "S010/002, frame 3")]
    assert "line 2: '1.2x' is not a number; its 2 lines are left out" in labels.rejected[0].reason


# UNBC-McMaster


def test_unbc_both_trees_have_the_same_file_names(tmp_path):
    labels = read(tmp_path, SMALL_SETS["unbc_pain"]().files)
    assert len(labels.rows) == 5
    assert not labels.rejected and "PSPI" not in labels.remark


def test_unbc_file_of_zero_bytes_is_a_neutral_face_not_a_missing_one(tmp_path):
    row = read(tmp_path, SMALL_SETS["unbc_pain"]().files).rows[0]
    assert present(row) == "" and row.mask.all()


def test_unbc_pspi_that_its_codes_do_not_give_is_told(tmp_path):
    files = dict(SMALL_SETS["unbc_pain"]().files)
    name = "Frame_Labels/PSPI/042-ll042/ll042t1aaaff/ll042t1aaaff002_facs.txt"
    remark = read(tmp_path, {**files, name: codes((5,))}).remark
    assert f"frames whose PSPI is not what their codes give: 1 (first: {name}: 5, not 6)" in remark


def test_unbc_lines_of_au_0_are_skipped_and_counted(tmp_path):
    labels = read(tmp_path, SMALL_SETS["unbc_pain"]().files)
    assert present(labels.rows[2]) == "12"
    assert "lines of AU 0, which say nothing: 1" in labels.remark
    assert "lines of code 50, not an AU, left out: 1" in labels.remark


def test_unbc_closed_eyes_are_coded_0_or_1_whatever_the_threshold(tmp_path):
    rows = read(tmp_path, SMALL_SETS["unbc_pain"]().files, positive_from=3).rows
    assert present(rows[1]) == "6 43"
    assert np.isnan(rows[1].intensities[rows[1].aus.index(43)])


# Aff-Wild2


def test_aff_wild2_header_decides_the_aus_not_the_position(tmp_path):
    aus = (1, 2, 4, 6, 12, 15, 20, 25)
    files = {"AU_Set/Training_Set/v.txt": text(abaw_header(aus), "0,0,0,0,1,0,1,0")}
    labels = read(tmp_path, files)
    assert labels.aus == aus and present(labels.rows[0]) == "12 20"


def test_aff_wild2_columns_may_come_in_any_order(tmp_path):
    labels = read(tmp_path, {"AU_Set/Train_Set/v.txt": text("AU12,AU1", "1,0")})
    assert labels.aus == (1, 12) and present(labels.rows[0]) == "12"


def test_aff_wild2_unknown_au_leaves_the_others_of_its_row(tmp_path):
    row = read(tmp_path, SMALL_SETS["aff_wild2"]().files).rows[2]
    assert (present(row), unknown(row)) == ("1", "26")


def test_aff_wild2_pictures_are_joined_by_number_not_by_order(tmp_path):
    pictures = ["video1/00001.jpg", "video1/00003.jpg", "video1/00004.jpg"]
    labels = read(tmp_path, SMALL_SETS["aff_wild2"]().files, pictures)
    joined = {row.photo: present(row) for row in labels.rows if row.photo in pictures}
    assert joined == dict(zip(pictures, ("6 12", "1", ""), strict=True))
    assert "rows without a picture: 1 (video1 1)" in labels.remark


def test_aff_wild2_line_that_cannot_be_read_does_not_shift_those_behind_it(tmp_path):
    files = {"AU_Set/Train_Set/v.txt": text("AU1,AU2", "0,0", "", "0,x", "1,0")}
    labels = read(tmp_path, files)
    assert [(row.frame.number, present(row)) for row in labels.rows] == [(1, ""), (4, "1")]
    assert [bad.line for bad in labels.rejected] == [3, 4]


def test_aff_wild2_second_person_of_a_video_is_a_person_of_their_own(tmp_path):
    labels = read(tmp_path, SMALL_SETS["aff_wild2"]().files)
    assert {row.person for row in labels.rows} == {"video1", "2-30-1280x720_left"}


def test_aff_wild2_counts_of_the_test_set_are_no_labels(tmp_path):
    files = {"AU_ABAW_Challenge_test_files_expected_frames.txt": b"video3,4\n"}
    with pytest.raises(UserError, match=r"^[^\n]*counts the frames of Aff-Wild2's test videos[^\n]*$"):
        read(tmp_path, files)


def test_aff_wild2_mtl_header_may_name_every_au_in_another_order(tmp_path):
    header = "image,valence,arousal,expression," + ",".join(f"AU{au}" for au in reversed(ABAW_AUS))
    row = "v/00003.jpg,0,0,0," + ",".join(["1", *["0"] * 11])
    labels = read(tmp_path, {"MTL_Challenge/train_set.txt": text(header, row)})
    assert present(labels.rows[0]) == "26" and labels.rows[0].frame.number == 3


# RAF-AU


def test_raf_au_side_makes_the_au_present_and_is_kept_apart(tmp_path):
    row = read(tmp_path, SMALL_SETS["raf_au"]().files).rows[2]
    assert present(row) == "4 4R 12 12L 14" and row.mask.all()


def test_raf_au_null_is_a_neutral_face_not_a_row_to_drop(tmp_path):
    row = read(tmp_path, SMALL_SETS["raf_au"]().files).rows[1]
    assert present(row) == "" and row.mask.all()


def test_raf_au_blank_at_the_end_is_no_third_field(tmp_path):
    assert not read(tmp_path, SMALL_SETS["raf_au"]().files).rejected


def test_raf_au_odd_code_makes_its_au_unknown_and_is_told(tmp_path):
    labels = read(tmp_path, {"RAFAU_label.txt": text("0001.jpg 1+T12", "0002.jpg 12+x", "0003.jpg 12")})
    assert (present(labels.rows[0]), unknown(labels.rows[0])) == ("1", "12")
    assert "code 'T12' is not understood: 1 (first: RAFAU_label.txt, line 1)" in labels.remark
    assert [(bad.line, bad.reason) for bad in labels.rejected] == [(2, "'x' is not a code")]


def test_raf_au_photos_are_no_frames_of_a_video(tmp_path):
    assert {row.frame for row in read(tmp_path, SMALL_SETS["raf_au"]().files).rows} == {None}


# CASME II, SAMM, SMIC


def test_casme2_apex_that_is_a_slash_is_told_not_read_as_a_frame(tmp_path):
    labels = read(tmp_path, SMALL_SETS["casme2"]().files)
    assert [(bad.line, bad.example_id, bad.reason) for bad in labels.rejected] == [
        (3, "sub01/EP03_02", "no apex frame: '/'")
    ]


def test_casme2_code_that_excel_made_a_number_is_a_code(tmp_path):
    rows = (
        CASME2_HEADER,
        (3, "EP1", None, 1, 2, 3, None, 4.0, "x"),
        (3, "EP2", None, 1, 2, 3, None, "?", "x"),
    )
    labels = read(tmp_path, {"CASME2.xlsx": workbook(rows)})
    assert [present(row) for row in labels.rows] == ["4"]
    assert labels.rejected[0].reason == "no AU codes: '?' is not a code"


def test_casme2_onset_is_neutral_on_request(tmp_path):
    labels = read(tmp_path, SMALL_SETS["casme2"]().files, neutral_frames=True)
    assert [(row.photo, present(row)) for row in labels.rows[:2]] == [
        ("sub01/EP02_01f/img46.jpg", ""),
        ("sub01/EP02_01f/img48.jpg", "4 10 10L"),
    ]


def test_clip_whose_offset_is_before_its_apex_is_told(tmp_path):
    rows = (CASME2_HEADER, (3, "EP1", None, 10, 20, 9, None, "4", "x"))
    assert (
        "sub03/EP1 has its offset, frame 9, before its apex, frame 20"
        in read(tmp_path, {"CASME2.csv": csv_of(rows)}).remark
    )


@pytest.mark.parametrize(("place", "name"), [(3, "onset"), (4, "apex"), (5, "offset")])
def test_samm_row_without_a_frame_is_told(tmp_path, place, name):
    row = ["006", "006_1_2", 1, 562, 588, 632, 71, "1/2", 1, "Happiness", "12B", None]
    whole, row[1], row[place] = tuple(row), "006_1_3", None
    labels = read(tmp_path, {"SAMM.xlsx": workbook((SAMM_HEADER, whole, row))})
    assert [(bad.line, bad.example_id, bad.reason) for bad in labels.rejected] == [
        (3, "006/006_1_3", f"no {name} frame: ''")
    ]


def test_samm_side_of_an_or_is_unknown_while_the_au_is_present(tmp_path):
    row = read(tmp_path, SMALL_SETS["samm"]().files).rows[1]
    assert (present(row), unknown(row)) == ("14", "14L 14R")


def test_samm_header_comes_behind_lines_of_text_and_intensities_are_letters(tmp_path):
    row = read(tmp_path, SMALL_SETS["samm"]().files).rows[0]
    values = dict(zip(row.aus, row.intensities, strict=True))
    assert (values[12], values[2012], values[1012], values[6]) == (2, 2, 0, 1)
    assert row.line == 15


def test_samm_subject_that_lost_its_zeros_gets_them_again(tmp_path):
    row = (6, "006_1_2", 1, 562, 588, 632, 71, "1/2", 1, "Happiness", "R12B + 6A", None)
    assert (
        read(tmp_path, {"SAMM.xlsx": workbook((SAMM_HEADER, row))}).rows[0].photo
        == "006/006_1_2/006_00588.jpg"
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("HS/SMIC-HS-E_annotation_2019.xlsx", "SMIC has emotions and no AU codes"),
        ("PV057.output/00000994.auw", "24 values are its own movements"),
        ("SN001.output/00000123.auw", "24 values are its own movements"),
    ],
)
def test_smic_and_feafa_have_no_facs_codes_and_are_refused_in_one_line(tmp_path, name, why):
    with pytest.raises(UserError, match=rf"^[^\n]*{why}[^\n]*$"):
        read(tmp_path, {name: b"0 1"})


# MMI, ELAN, Observer XT


def test_mmi_au_is_active_between_its_markers_not_at_them_only(tmp_path):
    markers = ((1, 0), (3, 1), (6, 2), (9, 3), (12, 0))
    labels = read(tmp_path, {"Sessions/1/c-oao_aucs.xml": mmi_xml(("12", markers))})
    assert [row.frame.number for row in labels.rows if present(row)] == list(range(3, 12))


def test_mmi_number_with_a_side_is_read_and_another_one_told(tmp_path):
    some = ((1, 0), (2, 1), (3, 3), (4, 0))
    labels = read(tmp_path, {"c-oao_aucs.xml": mmi_xml(("R12", some), ("M60", some))})
    assert present(labels.rows[1]) == "12 12R"
    assert [(bad.line, bad.reason) for bad in labels.rejected] == [(9, "the Number is not that of an AU")]


def test_mmi_activation_that_does_not_end_is_told(tmp_path):
    labels = read(tmp_path, {"c-oao_aucs.xml": mmi_xml(("12", ((1, 0), (2, 1), (4, 2))))})
    assert [row.frame.number for row in labels.rows if present(row)] == [2, 3, 4]
    assert "does not end" in labels.remark


def test_elan_time_slot_without_a_time_lies_between_its_neighbours(tmp_path):
    # ts2 is between 400 and 800 ms: 600 ms, where the seventh frame begins.
    labels = read(tmp_path, elan().files, fps=10)
    assert [row.frame.number for row in labels.rows if "4" in present(row).split()] == [7, 8, 9, 10, 11]


def test_elan_intensity_comes_from_the_child_tier_without_times(tmp_path):
    labels = read(tmp_path, elan().files, fps=10)
    column = labels.aus.index(12)
    assert [row.intensities[column] for row in labels.rows[3:10]] == [0, 3, 3, 3, 3, 3, 0]


def test_elan_au_tier_that_refers_to_another_one_has_its_times(tmp_path):
    xml = elan().files["clip1.eaf"].decode().replace('TIER_ID="AU12 intensity"', 'TIER_ID="AU25"')
    labels = read(tmp_path, {"clip1.eaf": xml.encode()}, fps=10)
    assert [row.frame.number for row in labels.rows if "25" in present(row).split()] == [5, 6, 7, 8, 9]


def test_elan_tier_of_one_side_leaves_the_other_unknown_and_the_au_where_it_is_not_active(tmp_path):
    xml = elan().files["clip1.eaf"].decode().replace('TIER_ID="AU4"', 'TIER_ID="AU4L"')
    rows = read(tmp_path, {"clip1.eaf": xml.encode()}, fps=10).rows
    assert [(present(rows[frame]), unknown(rows[frame])) for frame in (0, 9)] == [
        ("", "4 4R"),
        ("4 4L", "4R"),
    ]


def test_elan_intensity_of_a_chain_of_tiers_is_found(tmp_path):
    xml = elan().files["clip1.eaf"].decode()
    chain = (
        '<TIER PARENT_REF="AU4" TIER_ID="AU7"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b1" ANNOTATION_REF="a3">'
        "<ANNOTATION_VALUE></ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
        '<TIER PARENT_REF="AU7" TIER_ID="x"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="b2" ANNOTATION_REF="b1">'
        "<ANNOTATION_VALUE>E</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
    )
    rows = read(tmp_path, {"clip1.eaf": xml.replace("</ANNOTATION_DOCUMENT>", chain).encode()}, fps=10).rows
    assert rows[9].intensities[rows[9].aus.index(7)] == 5


def test_elan_export_in_milliseconds_reads_when_it_is_named(tmp_path):
    export = text(
        "Tier\tBegin Time - msec\tEnd Time - msec\tDuration - msec\tAnnotation", "AU12\t400\t800\t400\tC"
    )
    write_files(tmp_path, {"clip.txt": export})
    labels = read_label_list(tmp_path / "clip.txt", LabelReading(fps=10))
    assert [row.frame.number for row in labels.rows if present(row)] == [5, 6, 7, 8, 9]
    assert labels.rows[4].intensities.tolist() == [3]


@pytest.mark.parametrize("name", ["elan", "observer_xt"])
def test_times_without_frames_a_second_are_refused_with_the_way_out(tmp_path, name):
    with pytest.raises(UserError, match="codes have times, not frames: give --fps"):
        read(tmp_path, SMALL_SETS[name]().files)


@pytest.mark.parametrize("fps", [25, 29.97, 30, 50])
def test_time_at_which_a_frame_begins_is_that_frame_s(fps):
    from pathlib import Path

    reading = LabelReading(fps=fps)
    frames = [reading.frame_at(Path("x"), "ELAN", 1000 * index / fps) for index in range(10_000)]
    assert frames == list(range(1, 10_001))


def observer(*lines: str) -> dict[str, bytes]:
    header = "Time_Relative_sf,Duration_sf,Observation,Subject,Behavior,Modifier_1,Event_Type"
    return {"export.csv": text(header, *lines)}


def test_observer_stop_that_lacks_is_told_and_its_au_unknown_from_the_start_on(tmp_path):
    lines = ("0.2,0,o,p,12_Smile,,State start", "0.5,0,o,p,45_Blink,,State point")
    labels = read(tmp_path, observer(*lines), fps=10)
    assert [unknown(row) for row in labels.rows] == ["", "", "12", "12", "12", "12"]
    assert "12_Smile of o starts at 0.2 s and does not stop; AU12 is unknown from there on" in labels.remark


def test_observer_stop_that_lacks_is_taken_from_the_duration(tmp_path):
    labels = read(
        tmp_path, observer("0.2,0.1,o,p,12_Smile,,State start", "0.5,0,o,p,45_Blink,,Point"), fps=10
    )
    assert [present(row) for row in labels.rows] == ["", "", "12", "12", "", "45"]


def test_observer_starts_and_stops_are_paired_by_subject(tmp_path):
    lines = (
        "0.0,0,o,p,12_Smile,,State start",
        "0.1,0,o,q,12_Smile,,State start",
        "0.2,0,o,q,12_Smile,,State stop",
        "0.3,0,o,p,12_Smile,,State stop",
    )
    labels = read(tmp_path, observer(*lines), fps=10)
    frames = {(row.person, row.frame.number) for row in labels.rows if present(row)}
    assert frames == {("p", 1), ("p", 2), ("p", 3), ("p", 4), ("q", 2), ("q", 3)}


def test_observer_event_that_cannot_be_is_rejected(tmp_path):
    lines = (
        "0.1,0,o,p,12_Smile,,State stop",
        "0.2,0,o,p,Talking,,State start",
        "x,0,o,p,12_Smile,,State start",
        "0.3,0,o,p,4_Brow,,State point",
    )
    labels = read(tmp_path, observer(*lines), fps=10)
    assert [(bad.line, bad.reason) for bad in labels.rejected] == [
        (2, "a stop without a start"),
        (4, "'x' is not a number"),
    ]
    assert "events of behaviours that begin with no AU's number, left out: 1" in labels.remark


def test_xml_that_declares_entities_is_not_read(tmp_path):
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>&b;&c;</a>'
    with pytest.raises(UserError, match="DOCTYPE"):
        read(tmp_path, {"c-oao_aucs.xml": bomb})
