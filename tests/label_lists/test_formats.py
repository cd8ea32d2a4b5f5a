"""The seam between the formats of lists and what reads them: a format is its file and its entry."""

from pathlib import Path

import pytest

from emotionet_tf.action_units import UNKNOWN
from emotionet_tf.errors import UserError
from emotionet_tf.label_lists import streaming
from emotionet_tf.label_lists.formats.list_format import Columns, ListFormat
from emotionet_tf.label_lists.formats.registry import CLASS_FORMATS, LABEL_FORMATS, URL_FORMATS
from emotionet_tf.label_lists.streaming import open_label_list


def frame_columns(name, header):
    video = Path(name).stem
    return Columns(
        len(header),
        None,
        None,
        aus={12: 1, 6: 2},
        photo_of=lambda row: f"{video}/{int(row.cells[0]):05d}.jpg",
    )


FRAMES = ListFormat(
    "intensities of frames",
    "columns 'frame' and 'lip' with 0 to 5, 9 = unknown",
    lambda header: header[0] == "frame",
    frame_columns,
    label_of=lambda cell: {"9": UNKNOWN, **{str(value): int(value >= 2) for value in range(6)}}.get(cell),
)


def test_format_of_frames_with_intensities_needs_no_more_than_an_entry(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "LABEL_FORMATS", (*LABEL_FORMATS, FRAMES))
    path = tmp_path / "SN001.csv"
    path.write_text("frame,lip,cheek\n1,1,9\n2,2,0\n3,7,0\n")
    labels = open_label_list(path)
    one, two, bad = labels
    assert (labels.format, labels.labelled_aus) == ("intensities of frames", (6, 12))
    assert (one.example_id, one.labels.sum(), one.mask.sum()) == ("SN001/00001.jpg", 0, 1)
    assert (two.example_id, two.labels.sum(), two.mask.sum()) == ("SN001/00002.jpg", 1, 2)
    assert (bad.line, bad.example_id) == (4, "SN001/00003.jpg")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(
        UserError, match=r"must be one of: .*; intensities of frames \(columns 'frame' and 'lip'"
    ):
        open_label_list(other)


@pytest.mark.parametrize("formats", [LABEL_FORMATS, CLASS_FORMATS, URL_FORMATS])
def test_formats_of_a_kind_have_names_of_their_own(formats):
    assert len({each.name for each in formats}) == len(formats)
