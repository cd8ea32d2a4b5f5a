import numpy as np
import pytest
import tensorflow as tf

from emotionet_tf.records.fields import EXAMPLE_FIELDS, LABEL_FIELDS, encode, parse


def some_values():
    return {
        "example_id": "N_1_2",
        "image": b"\xff\xd8jpeg",
        "labels": np.arange(23) / 23,
        "mask": np.ones(23),
        "angles": (0.1, -0.2, 0.3),
        "angles_mask": (1, 1, 0),
    }


def test_encoded_record_parses_to_the_same_values():
    parsed = parse(tf.constant(encode(some_values())))
    assert set(parsed) == set(EXAMPLE_FIELDS)
    assert parsed["example_id"].numpy() == b"N_1_2"
    assert parsed["image"].numpy() == b"\xff\xd8jpeg"
    for name in ("labels", "mask", "angles", "angles_mask"):
        np.testing.assert_array_equal(parsed[name], np.asarray(some_values()[name], np.float32))


def test_batch_of_records_parses_at_once():
    parsed = parse(tf.constant([encode(some_values())] * 3))
    assert parsed["labels"].shape == (3, 23)


def test_label_record_follows_the_same_spec():
    values = {name: some_values()[name] for name in LABEL_FIELDS}
    assert set(parse(tf.constant(encode(values, LABEL_FIELDS)), LABEL_FIELDS)) == set(LABEL_FIELDS)


def test_same_values_give_the_same_bytes():
    assert encode(some_values()) == encode(dict(reversed(some_values().items())))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": np.zeros(22)}, r"labels has shape \(23,\), got \(22,\)"),
        ({"extra": 1}, "exactly the fields"),
    ],
)
def test_values_against_the_spec_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        encode({**some_values(), **changes})


def test_missing_field_is_refused():
    values = some_values()
    del values["mask"]
    with pytest.raises(ValueError, match="exactly the fields"):
        encode(values)
