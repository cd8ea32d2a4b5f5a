"""The recipes of the manual, from the first command to the last, on small photos and for two steps."""

import os
import subprocess
from pathlib import Path

import cv2
import pytest
import warm_commands
from test_documents import ROOT, command_lines

GUIDES = ROOT / "docs/guides"
PHOTOS = sorted((ROOT / "examples/photos").glob("*.jpg"))
PERSONS = (*(f"person_{number}" for number in range(10)), "neutral", "smiling")
SMALLER = {
    "train": ("--num_steps=2", "--batch_size=4", "--image_size_px=32"),
    "refit_heads": ("--num_images=64", "--batch_size=16"),
}
"""Flags behind the printed ones, which override them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Returns a folder with what a reader has: photos, a folder for each person, and codes of three AUs."""
    root = tmp_path_factory.mktemp("recipe")
    rows = ["path,AU01,AU04,AU12"]
    for number, person in enumerate(PERSONS):
        (root / "photos" / person).mkdir(parents=True)
        for index, path in enumerate(PHOTOS):
            picture = cv2.convertScaleAbs(cv2.imread(str(path)), alpha=1 - 0.02 * number)
            cv2.imwrite(str(root / "photos" / person / f"{index}.jpg"), picture)
            rows.append(
                f"{person}/{index}.jpg,{index % 2},{'' if index == 0 else index // 2},{int(index == 0)}"
            )
    (root / "codes.csv").write_text("\n".join(rows) + "\n")
    for name in ("new_photos", "coded_photos"):
        (root / name).symlink_to(root / "photos")
    (root / "emotionet_tf").symlink_to(ROOT / "emotionet_tf")  # As in the checkout.
    return root


@pytest.mark.slow
def test_recipe_and_the_page_on_trust_run_as_they_are_printed(folder):
    lines = [
        words
        for page in ("train_on_your_photos.md", "trust.md")
        for words in command_lines((GUIDES / page).read_text(encoding="utf-8"))
    ]
    assert len(lines) == 16
    for program, *words in lines:
        if program in ("mkdir", "cp"):
            subprocess.run([program, *words], cwd=folder, check=True)
            continue
        start = ["-m", "emotionet_tf"] if program == "emotionet-tf" else []
        arguments = [*start, *words, *SMALLER.get(words[0], ())]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        result = warm_commands.run(arguments, env=environment, cwd=folder, timeout=120)
        assert result.returncode == 0, f"{words}: {result.stderr}"
    model = ("models/mine/best.keras", "models/mine/thresholds.json")
    for made in (
        *model,
        "models/without_training/weights.npz",
        "models/detector/expression/thresholds.json",
        "sheet.png",
        "val.csv",
        "new.csv",
        "predicted.csv",
    ):
        assert (folder / made).is_file(), made
