import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.stream.sources import Source, common_crop_size, common_framing, parse_source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opt=records/opt-train", Source("opt", "records/opt-train", None)),
        ("opt=records/train@labels/soft", Source("opt", "records/train", "labels/soft")),
        ("opt=a=b/c@d=e", Source("opt", "a=b/c", "d=e")),
    ],
)
def test_source_names_head_records_and_labels(text, expected):
    assert parse_source(text) == expected


@pytest.mark.parametrize("text", ["", "opt", "opt=", "=records", "opt=records@", "opt=@labels"])
def test_other_forms_are_refused_with_the_valid_one(text):
    with pytest.raises(UserError, match="HEAD=RECORDS_DIR or HEAD=RECORDS_DIR@LABELS_DIR"):
        parse_source(text)


def test_sources_of_one_crop_size_have_it_in_common():
    assert common_crop_size([Source("a", "x"), Source("b", "y")], [240, 240]) == 240


def test_sources_of_two_crop_sizes_are_named_with_them():
    with pytest.raises(UserError, match=r"differ in size \(px\): {'x': 240, 'y': 120}"):
        common_crop_size([Source("a", "x"), Source("b", "y")], [240, 120])


def test_sources_of_two_framings_are_named_with_them():
    sources = [Source("a", "x"), Source("b", "y")]
    assert common_framing(sources, ["box", "box"]) == "box"
    with pytest.raises(UserError, match=r"differ in framing: {'x': 'registered', 'y': 'box'}"):
        common_framing(sources, ["registered", "box"])
