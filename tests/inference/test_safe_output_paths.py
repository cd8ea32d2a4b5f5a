from pathlib import Path

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.inference.photo_prediction import checked_photos
from emotionet_tf.inference.prediction_settings import PredictConfig


def photo(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    return path


def check(*paths: Path, output: Path, annotated_dir: Path | str | None = None) -> dict[str, Path]:
    folder = None if annotated_dir is None else str(annotated_dir)
    return checked_photos(PredictConfig(tuple(map(str, paths)), str(output), folder))


@pytest.mark.parametrize("folder", ["in", "in/seen", "in/../in", "link"])
def test_annotated_dir_among_the_photos_is_refused(tmp_path, folder):
    photo(tmp_path / "in" / "x.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(UserError, match=r"annotated_dir .* lies inside the photos' folder .*in; choose"):
        check(tmp_path / "in", output=tmp_path / "out.csv", annotated_dir=tmp_path / folder)


def test_picture_that_would_overwrite_a_named_photo_is_refused(tmp_path, monkeypatch):
    photo(tmp_path / "x.jpg")
    monkeypatch.chdir(tmp_path)
    for folder in (".", tmp_path):
        with pytest.raises(UserError, match=r"annotated picture of x\.jpg would overwrite the photo x\.jpg"):
            check(Path("x.jpg"), output=Path("out.csv"), annotated_dir=folder)


def test_picture_that_would_overwrite_another_photo_is_refused(tmp_path):
    # in/b.png becomes seen/b.png.jpg, which was named as a photo too.
    photo(tmp_path / "in" / "b.png")
    other = photo(tmp_path / "seen" / "b.png.jpg")
    with pytest.raises(UserError, match=r"seen/b\.png\.jpg"):
        check(tmp_path / "in", other, output=tmp_path / "out.csv", annotated_dir=tmp_path / "seen")


def test_photos_whose_pictures_would_be_one_file_are_refused(tmp_path):
    photo(tmp_path / "in" / "b.png")
    photo(tmp_path / "in" / "b.png.jpg")
    with pytest.raises(UserError, match=r"picture of b\.png and the annotated picture of b\.png\.jpg would"):
        check(tmp_path / "in", output=tmp_path / "out.csv", annotated_dir=tmp_path / "seen")


def test_folder_beside_or_above_the_photos_is_taken(tmp_path):
    place = photo(tmp_path / "in" / "sub" / "x.jpg")
    for folder in (tmp_path / "seen", tmp_path / "inside", tmp_path):
        photos = check(tmp_path / "in", output=tmp_path / "new" / "out.csv", annotated_dir=folder)
        assert photos == {"sub/x.jpg": place}
    assert not (tmp_path / "new").exists()


def test_table_that_would_overwrite_a_photo_is_refused(tmp_path):
    path = photo(tmp_path / "in" / "x.jpg")
    with pytest.raises(UserError, match=r"output would overwrite the photo .*x\.jpg"):
        check(tmp_path / "in", output=path)


def test_table_in_its_usual_place_replaces_an_older_one_only(tmp_path, monkeypatch):
    path = photo(tmp_path / "in" / "x.jpg")
    monkeypatch.chdir(tmp_path)
    unnamed = PredictConfig((str(path),))
    assert (unnamed.table, PredictConfig((str(path),), "other.csv").table) == ("predictions.csv", "other.csv")
    checked_photos(unnamed)
    table = tmp_path / "predictions.csv"
    table.write_text("id,file,face_index,found\nx.jpg,in/x.jpg,0,1\n")
    checked_photos(unnamed)
    for other in ("id,AU01\n", "id,file\n", "", "face_index,id,file\n", "\xff\xfe"):
        table.write_text(other, encoding="latin-1")
        with pytest.raises(
            UserError, match=r"^predictions\.csv exists and is not a table of predict; .*--output"
        ):
            checked_photos(unnamed)
    checked_photos(PredictConfig((str(path),), "predictions.csv"))
    table.unlink()
    table.mkdir()
    with pytest.raises(UserError, match=r"output predictions\.csv is a folder, not a file"):
        checked_photos(unnamed)


def test_output_that_cannot_be_written_is_named(tmp_path):
    path = photo(tmp_path / "in" / "x.jpg")
    with pytest.raises(UserError, match=r"output .*in is a folder, not a file"):
        check(path, output=tmp_path / "in")
    with pytest.raises(UserError, match=r"output .*out\.csv: .*x\.jpg is a file, not a folder"):
        check(path, output=path / "sub" / "out.csv")
    with pytest.raises(UserError, match=r"annotated_dir .*x\.jpg is a file, not a folder"):
        check(path, output=tmp_path / "out.csv", annotated_dir=path)
    with pytest.raises(UserError, match=r"annotated_dir .*sub: .*x\.jpg is a file, not a folder"):
        check(path, output=tmp_path / "out.csv", annotated_dir=path / "sub")


def test_folder_that_takes_no_files_is_named(tmp_path):
    path = photo(tmp_path / "in" / "x.jpg")
    # Not even a privileged user, who may run the tests, can make a file in Linux's /proc.
    with pytest.raises(UserError, match=r"output /proc/sub/out\.csv cannot be written in /proc: "):
        check(path, output=Path("/proc/sub/out.csv"))
    with pytest.raises(UserError, match=r"annotated_dir /proc/seen cannot be written in /proc: "):
        check(path, output=tmp_path / "out.csv", annotated_dir="/proc/seen")
