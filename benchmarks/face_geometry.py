"""How well faces, landmarks and head angles are found on rendered faces, where the truth is known.

python -m emotionet_tf.bin.synthesize --output_dir=S --num_train=0 --num_opt=300 --num_val=0 --num_test=0
python -m tfrecords_tools.align_faces --photos_dir=S/photos --output_dir=F
python -m benchmarks.face_geometry --truth=S/truth.csv --faces=F/faces.csv
"""

import numpy as np
import pandas as pd
from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.faces.head_pose import head_angles
from emotionet_tf.faces.mean_head import LANDMARK_NAMES
from emotionet_tf.faces.table import read_face_table

_TRUTH = flags.DEFINE_string("truth", None, "truth.csv that synthesize wrote.", required=True)
_FACES = flags.DEFINE_string("faces", None, "faces.csv that align_faces wrote of its photos.", required=True)
_ANGLES = ("pitch", "yaw", "roll")


def main(arguments: list[str]) -> None:
    """Prints the share of faces found, the landmarks' errors in eye-mouth distances, and those of the head angles."""
    entry_point.refuse_arguments(arguments)
    truth = pd.read_csv(_TRUTH.value, dtype={"id": str}).set_index("id")
    rows = [row for row in read_face_table(_FACES.value) if row.example_id in truth.index]
    found = [row for row in rows if row.found]
    print(f"{len(found)} of {len(rows)} faces found ({len(found) / len(rows):.1%})")

    truth = truth.loc[[row.example_id for row in found]]
    points = np.array([row.landmarks for row in found])
    true_points = truth[[f"{name}_{axis}" for name in LANDMARK_NAMES for axis in "xy"]].to_numpy()
    true_points = true_points.reshape(-1, 5, 2)
    face_size = np.linalg.norm(true_points[:, :2].mean(axis=1) - true_points[:, 3:].mean(axis=1), axis=1)
    misses = np.linalg.norm(points - true_points, axis=2) / face_size[:, None]
    print("landmark error, share of the distance from eyes to mouth (median, mean):")
    for name, column in zip(LANDMARK_NAMES, misses.T, strict=True):
        print(f"  {name:12s}{np.median(column):7.3f}{column.mean():7.3f}")

    true_angles = np.degrees(truth[list(_ANGLES)].to_numpy())
    print_errors("head angles from MTCNN's landmarks", np.degrees([row.angles for row in found]), true_angles)
    exact = [head_angles(shape) for shape in true_points]
    print_errors("head angles from the true landmarks", np.degrees(exact), true_angles)


def print_errors(title: str, angles: np.ndarray, true_angles: np.ndarray) -> None:
    """Prints errors in degrees and the slope of the estimate over the truth (1 = neither damped nor exaggerated).

    Args:
      title: Heading of the lines.
      angles: [faces, 3] estimated pitch, yaw, roll in degrees.
      true_angles: The truth, alike.
    """
    print(f"{title}, degrees:")
    print("           mean |error|   95 %    bias   slope   correlation")
    for name, estimate, true in zip(_ANGLES, angles.T, true_angles.T, strict=True):
        error = np.abs(estimate - true)
        slope, correlation = np.polyfit(true, estimate, 1)[0], np.corrcoef(true, estimate)[0, 1]
        bias = (estimate - true).mean()
        print(
            f"  {name:8s}{error.mean():12.1f}{np.percentile(error, 95):8.1f}{bias:8.1f}"
            f"{slope:8.2f}{correlation:14.3f}"
        )


if __name__ == "__main__":
    entry_point.run(main)
