import shutil

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.stream.sources import Source, common_crop_size, common_framing, count_shared, parse_source


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("opt=me@mail/known", Source("opt", "me@mail/known", None)),
        ("opt=me@mail/known@soft", Source("opt", "me@mail/known", "soft")),
        ("opt=me@mail/known@me@mail/soft", Source("opt", "me@mail/known", "me@mail/soft")),
        ("opt=plain@me@mail/soft", Source("opt", "plain", "me@mail/soft")),
        ("opt=plain@gone@mail/soft", Source("opt", "plain", "gone@mail/soft")),
        ("opt=gone@soft", Source("opt", "gone", "soft")),
    ],
)
def test_at_sign_in_a_path_belongs_to_it_where_the_folder_is_there(tmp_path, monkeypatch, text, expected):
    monkeypatch.chdir(tmp_path)
    for folder in ("me@mail/known", "me@mail/soft", "plain", "soft"):
        (tmp_path / folder).mkdir(parents=True)
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


def rows(folder, *lines):
    folder.mkdir()
    (folder / "rows.csv").write_text("id,path,AU01,found\n" + "".join(f"{line}\n" for line in lines))
    return folder


def test_ids_with_a_face_that_are_in_both_are_counted(tmp_path):
    one = rows(tmp_path / "one", "a,a.jpg,1,1", "b,b.jpg,1,0", '"c,d",c.jpg,0,1', "e,e.jpg,0,1")
    other = rows(tmp_path / "other", '"c,d",x.jpg,0,1', "b,b.jpg,1,1", "a,a.jpg,0,1", "c,c.jpg,0,1")
    assert count_shared(one, other) == count_shared(other, one) == 2


def test_splits_of_a_dataset_share_nothing(tiny_records):
    assert count_shared(tiny_records / "opt-train", tiny_records / "opt-val") == 0


def test_folder_without_a_table_shares_nothing_that_is_known(tiny_records, tmp_path):
    shutil.copytree(tiny_records / "opt-val", tmp_path / "copy")
    assert count_shared(tiny_records / "opt-val", tmp_path / "copy") > 0
    (tmp_path / "copy" / "rows.csv").unlink()
    assert count_shared(tiny_records / "opt-val", tmp_path / "copy") == 0
