"""A dataset's own label files prepared in one step: the records of align_faces and write_records."""

import dataclasses

from preparation_inputs import config_of, folder_bytes, run_directly, write_photo, written_in_two_steps

from emotionet_tf.au_sets import AU_SETS
from emotionet_tf.label_lists.reading import read_label_list
from emotionet_tf.preparation.prepare_dataset import prepare
from emotionet_tf.records.splits import Split

SPLIT = Split(0.5, seed=1, split_by="person")
PERSONS = ("SN001", "SN002", "SN003", "SN004")


def write_disfa(folder):
    """Pictures that count from 0, and label files, of four persons with five frames each; SN002's third is dark."""
    for index, person in enumerate(PERSONS):
        for frame in range(1, 6):
            is_dark = person == "SN002" and frame == 3
            write_photo(folder / "photos" / person / f"{frame - 1}.jpg", 10 * index + frame, is_dark=is_dark)
        for au in AU_SETS["disfa"]:
            lines = [f"{frame},{(frame + au + index) % 6}" for frame in range(1, 6)]
            path = folder / "labels" / person / f"{person}_au{au}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n")


def test_disfa_is_prepared_as_in_two_steps_by_person_with_intensities(tmp_path, detector, capsys):
    write_disfa(tmp_path)
    label_files = (str(tmp_path / "labels"),)
    infos = prepare_all(tmp_path, label_files)
    assert (
        "frame 1 is picture 0: so say first and last picture of 4 of 4 sequences" in capsys.readouterr().out
    )
    expected = written_in_two_steps(tmp_path, detector, label_files, split=SPLIT)
    for info, other in zip(infos, expected, strict=True):
        own, twin = (tmp_path / folder / info.name for folder in ("records", "two_steps"))
        assert folder_bytes(own) == folder_bytes(twin)
        assert dataclasses.replace(info, settings={}) == dataclasses.replace(other, settings={})
        assert (info.au_set, info.aus) == ("disfa", AU_SETS["disfa"])
        assert set(info.intensities.values()) == {float(info.num_examples)}


def test_a_persons_frames_are_on_one_side_with_the_intensities_that_were_coded(tmp_path, detector):
    write_disfa(tmp_path)
    infos = prepare_all(tmp_path, (str(tmp_path / "labels"),))
    sides = [read_label_list(tmp_path / "records" / info.name / "rows.csv").rows for info in infos]
    persons = [{row.person for row in side} for side in sides]
    assert not persons[0] & persons[1] and sorted(persons[0] | persons[1]) == list(PERSONS)
    rows = {row.example_id: row for side in sides for row in side}
    assert len(rows) == 20 and sum(info.num_without_face for info in infos) == 1
    # SN003 is the third person: AU12 of frame 4 is (4 + 12 + 2) mod 6 = 0, AU1 (4 + 1 + 2) mod 6 = 1, AU2 then 2.
    frame = rows["SN003/3.jpg"]
    coded = dict(zip(frame.aus, frame.intensities.tolist(), strict=True))
    assert (coded[12], coded[1], coded[2]) == (0, 1, 2)
    labels = dict(zip(frame.aus, frame.labels.tolist(), strict=True))
    assert (labels[12], labels[1], labels[2]) == (0, 0, 1)


def prepare_all(folder, label_files):
    return prepare(config_of(folder, split=SPLIT, label_files=label_files), run_directly)
