import pytest

from emotionet_tf.data.sources import Source, parse_source
from emotionet_tf.errors import UserError


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
