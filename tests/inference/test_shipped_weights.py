"""The weights that come with the package, on photos that come with it."""

import json
from pathlib import Path

import pytest

from emotionet_tf import ActionUnitDetector, read_photo
from emotionet_tf.experiments.free_detector.plan import LINEAGES, SHIPPED_AUS
from emotionet_tf.inference.shipped_detectors import WEIGHTS_DIR, detector_folders, detector_names

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"


def test_detectors_come_with_the_package_in_twelve_megabytes():
    assert detector_names() == ("fast",)
    assert sum(file.stat().st_size for file in WEIGHTS_DIR.rglob("*") if file.is_file()) < 12e6


@pytest.mark.parametrize("name", detector_names())
def test_detector_sees_what_the_example_photos_show(name):
    detector = ActionUnitDetector(model=name)
    assert set(detector.aus) == {*SHIPPED_AUS["expression"], *SHIPPED_AUS["pose"]}
    names = ("001_happy", "004_surprised", "007_angry")
    photos = [read_photo(PHOTOS / f"openpeople_{name}.jpg") for name in names]
    happy, surprised, angry = (
        {au for au, decision in zip(face.aus, face.decisions, strict=True) if decision}
        for (face,) in detector.detect(photos)
    )
    assert {12, 25} <= happy and {5, 25, 26} <= surprised
    assert 12 not in surprised | angry and 25 not in angry


@pytest.mark.parametrize("folder", detector_folders("fast"), ids=lambda folder: folder.name)
def test_weights_say_how_they_were_made_without_the_machines_own_paths(folder):
    text = (folder / "weights.json").read_text(encoding="utf-8")
    provenance = json.loads(text)["provenance"]
    assert provenance["records"]["opt-train"]["num_faces"] > 10_000
    assert set(provenance["trained_at_commit"]) == {
        "distilled",
        "pose",
        *(f"{kind}_{lineage}" for kind in ("teacher", "student") for lineage in LINEAGES),
    }
    assert all(commit for commit in provenance["trained_at_commit"].values())
    assert any("bin.synthesize" in step["command"] for step in provenance["steps"])
    assert not {word for word in text.split() if word.strip('"').startswith(("/", "--output_dir=/"))}
