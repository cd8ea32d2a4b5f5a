"""Measures models on real photos of people, neutral and smiling: `python -m benchmarks.real_photos --model_dir=DIR`.

For every AU: the chance that a smiling photo scores higher than a neutral one (the AUC), and the mean scores. Beside
it the same for the mouth's width over the eyes' distance, which takes five landmarks and no network.
"""

from pathlib import Path

from absl import flags

from emotionet_tf.cli import detector_flags, entry_point

flags.adopt_module_key_flags(detector_flags)

_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", None, "A model's folder; repeat for more.", required=True
)
_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir",
    "../shared/data/photos_dev",
    "Folder with images.csv: columns file, expression (neutral or smiling).",
)


def auc(positive, negative) -> float:
    """Returns the chance that a positive scores higher than a negative; a tie counts one half."""
    import numpy as np

    difference = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def main(arguments: list[str]) -> None:
    """Predicts on all photos that are neutral or smiling, and prints a line per AU."""
    import numpy as np
    import pandas as pd

    from emotionet_tf.action_units import au_name
    from emotionet_tf.errors import UserError
    from emotionet_tf.faces.detectors.choice import build_detector
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.photos.reading import read_photo

    entry_point.refuse_arguments(arguments)
    folder = Path(_PHOTOS_DIR.value)
    if not (folder / "images.csv").is_file():
        raise UserError(f"{folder} has no images.csv")
    table = pd.read_csv(folder / "images.csv")
    table = table[table["expression"].isin(["neutral", "smiling"]) & (table["n_faces"] == 1)]
    face_detector = build_detector(detector_flags.detector_choice())
    detector = ActionUnitDetector(_MODEL_DIRS.value, detector=face_detector)
    results = detector.detect(
        [read_photo(folder / file) for file in table["file"]], names=list(table["file"])
    )
    is_found = np.array([bool(faces) for faces in results])
    faces = [found[0] for found in results if found]
    is_smiling = (table["expression"] == "smiling").to_numpy()[is_found]
    scores = np.stack([face.scores for face in faces])
    print(
        f"{is_smiling.sum()} smiling and {(~is_smiling).sum()} neutral photos; {(~is_found).sum()} without a face"
    )
    print("AU     AUC  neutral  smiling")
    for column, au in enumerate(detector.aus):
        smiling, neutral = scores[is_smiling, column], scores[~is_smiling, column]
        print(f"{au_name(au)}  {auc(smiling, neutral):.2f}    {neutral.mean():5.2f}    {smiling.mean():5.2f}")
    points = np.stack([face.face.landmarks for face in faces])
    width = np.linalg.norm(points[:, 4] - points[:, 3], axis=1) / np.linalg.norm(
        points[:, 1] - points[:, 0], axis=1
    )
    smiling, neutral = width[is_smiling], width[~is_smiling]
    print("mouth width / eye distance, no network:")
    print(f"      {auc(smiling, neutral):.2f}    {neutral.mean():5.2f}    {smiling.mean():5.2f}")


if __name__ == "__main__":
    entry_point.run(main)
