"""Lists of an AU each prepared in one step: the records of align_faces and write_records."""

import csv
import dataclasses
import unicodedata
from pathlib import Path

import pytest
from preparation_inputs import config_of, folder_bytes, run_directly, write_photo, written_in_two_steps

from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split


def write_inputs(folder):
    """Photos of three persons, two dark ones, and lists that join, repeat and contradict each other."""
    photos = [f"S{number % 3}/{number}.jpg" for number in range(12)]
    for number, photo in enumerate(photos):
        write_photo(folder / "photos" / photo, number, is_dark=number in (4, 5))
    lists = {"one": "path,AU1", "two": "path,AU14,AU2,person", "three": "path,AU1,AU2,AU2_intensity"}
    for number, photo in enumerate(photos):
        lists["one"] += f"\n{photo},{number % 2}"
        lists["two"] += f"\n{photo},{number // 2 % 2},,S{number % 3}"
        lists["two"] += f"\n{photo},,1,"
        if number % 4:
            lists["three"] += f"\n{photo},{number % 2 if number != 7 else 0},1,{number % 6}"
    lists["three"] += "\nmissing.jpg,1,1,2"
    paths = []
    for name, text in lists.items():
        paths.append(str(folder / f"{name}.csv"))
        (folder / f"{name}.csv").write_text(text + "\n")
    return tuple(paths)


@pytest.mark.parametrize(
    "split", [Split(), Split(0.4, seed=1, split_by="person"), Split(0.4, split_by="folder")]
)
def test_joined_lists_are_prepared_as_in_two_steps(tmp_path, detector, split):
    lists = write_inputs(tmp_path)
    infos = prepare(config_of(tmp_path, split=split, label_files=lists), run_directly)
    expected = written_in_two_steps(tmp_path, detector, lists, split=split)
    assert sum(info.num_examples for info in infos) == 10
    for info, other in zip(infos, expected, strict=True):
        own, twin = (tmp_path / folder / info.name for folder in ("records", "two_steps"))
        assert folder_bytes(own) == folder_bytes(twin)
        assert dataclasses.replace(info, settings={}) == dataclasses.replace(other, settings={})
    rows, rejected = {}, []
    for info in infos:
        folder = tmp_path / "records" / info.name
        rows |= {row["id"]: row for row in csv.DictReader((folder / "rows.csv").open())}
        rejected += [row["reason"] for row in csv.DictReader((folder / "rejected.csv").open())]
    # Photo 6: 6 mod 2 in list one, 6 // 2 mod 2 and then 1 in list two, 6 mod 6 in list three.
    photo = rows["S0/6.jpg"]
    assert [photo[name] for name in ("AU01", "AU02", "AU14", "person")] == ["0", "1", "1", "S0"]
    assert photo["AU02_intensity"] == "0"
    # Photo 7's AU1 is 1 in list one and 0 in list three.
    assert f"duplicate id, conflicting labels as line 9 of {lists[0]}" in rejected
    assert rows["S1/7.jpg"]["AU02_intensity"] == ""
    assert sum(reason.startswith("joined into") for reason in rejected) == 12 + 12 + 8


def test_lists_and_photos_in_other_forms_of_unicode_are_joined_as_in_two_steps(tmp_path, detector):
    composed, decomposed = (unicodedata.normalize(form, "Zo\u00eb.jpg") for form in ("NFC", "NFD"))
    both = [unicodedata.normalize(form, "An\u00e9.jpg") for form in ("NFC", "NFD")]
    for number, photo in enumerate([decomposed, *both, "plain.jpg"]):
        write_photo(tmp_path / "photos" / photo, number)
    lists = [
        [f"{composed},1,", f"{both[0]},0,0", f"{both[1]},1,1", "plain.jpg,0,0"],
        [f"{decomposed},,1"],
    ]
    paths = tuple(str(tmp_path / f"{number}.csv") for number in range(len(lists)))
    for path, rows in zip(paths, lists, strict=True):
        Path(path).write_text("\n".join(["path,AU1,AU2", *rows, ""]), encoding="utf-8")
    (info,) = prepare(config_of(tmp_path, label_files=paths), run_directly)
    (other,) = written_in_two_steps(tmp_path, detector, paths)
    own, twin = (tmp_path / folder / info.name for folder in ("records", "two_steps"))
    assert folder_bytes(own) == folder_bytes(twin)
    assert info.num_examples == other.num_examples == 4
    with (own / "rows.csv").open(encoding="utf-8") as file:
        labels = {row["id"]: (row["AU01"], row["AU02"]) for row in csv.DictReader(file)}
    # Ids are the photos' own; a row of each form has become one record.
    assert labels == {
        decomposed: ("1", "1"),
        both[0]: ("0", "0"),
        both[1]: ("1", "1"),
        "plain.jpg": ("0", "0"),
    }
