import shutil

from emotionet_tf.stream.shared_examples import count_shared


def rows(folder, *lines):
    folder.mkdir()
    (folder / "rows.csv").write_text("id,path,AU01,found\n" + "".join(f"{line}\n" for line in lines))
    return folder


def test_ids_with_a_face_that_are_in_both_are_counted(tmp_path):
    one = rows(tmp_path / "one", "a,a.jpg,1,1", "b,b.jpg,1,0", '"c,d",c.jpg,0,1', "e,e.jpg,0,1")
    other = rows(tmp_path / "other", '"c,d",x.jpg,0,1', "b,b.jpg,1,1", "a,a.jpg,0,1", "c,c.jpg,0,1")
    assert count_shared(one, other) == count_shared(other, one) == 2


def test_parts_of_a_split_share_nothing(tiny_records):
    assert count_shared(tiny_records / "opt-train", tiny_records / "opt-val") == 0


def test_folder_without_a_table_shares_nothing_that_is_known(tiny_records, tmp_path):
    shutil.copytree(tiny_records / "opt-val", tmp_path / "copy")
    assert count_shared(tiny_records / "opt-val", tmp_path / "copy") > 0
    (tmp_path / "copy" / "rows.csv").unlink()
    assert count_shared(tiny_records / "opt-val", tmp_path / "copy") == 0
