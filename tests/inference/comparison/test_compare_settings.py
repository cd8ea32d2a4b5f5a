import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.settings import CompareConfig


def config(*tables, **settings) -> CompareConfig:
    return CompareConfig(tables=tables or ("a.csv", "b.csv"), labels=("l.csv",), **settings)


def test_tables_are_called_by_their_files_or_by_their_paths_where_these_are_alike():
    assert config("in/ours.csv", "openface/").table_names() == ("ours", "openface")
    assert config("x/t.csv", "y/t.csv").table_names() == ("x/t.csv", "y/t.csv")
    assert config(names=("A", "B")).table_names() == ("A", "B")


def test_one_value_serves_all_tables():
    assert config().for_each_table("table_frame_offset", (3,)) == (3, 3)
    assert config().for_each_table("table_frame_offset", (3, 4)) == (3, 4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ("A",)}, "--names has 1 names for 2 tables"),
        ({"names": ("A", "A")}, "two tables are called A"),
        (
            {"table_frame_offset": (1, 2, 3)},
            "--table_frame_offset has 3 values for 2 tables; give one, or one for each",
        ),
        ({"format": ("openface4",)}, "format must be one of auto, openface3"),
        ({"intensity_threshold": (6.0,)}, "intensity_threshold must be above 0 and at most 5"),
        ({"output": "o.txt"}, "--output=o.txt must end in .json or .csv"),
        ({"match": "luck"}, "match must be one of auto, picture, frame, time"),
    ],
)
def test_wrong_setting_is_refused(settings, message):
    with pytest.raises(UserError, match=message):
        config(**settings)


def test_without_tables_and_with_one_twice_is_refused():
    with pytest.raises(UserError, match="compare needs the tables to compare"):
        CompareConfig(tables=(), labels=("l.csv",))
    with pytest.raises(UserError, match="two tables are called a.csv"):
        config("a.csv", "a.csv")
