"""The commands from a folder of free faces to records with the labels of MediaPipe's blendshapes."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf.experiments.free_detector.trainings import records_of
from emotionet_tf.experiments.rendered_data import AS_PUBLISHED
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.inference.blendshape_labels import RULES

_FACES, _LABELS = RUN / "free_faces", RUN / "free.csv"


def free_data_nodes(free_photos: Path, crop_size_px: int, mediapipe_model: str) -> list[Node]:
    """Returns the commands to `records/free`.

    Args:
      free_photos: Folder of the free faces.
      crop_size_px: Side of the registered crops.
      mediapipe_model: The file face_landmarker.task; empty for the one in the cache folder.
    """
    model = (f"--mediapipe_model={mediapipe_model}",) if mediapipe_model else ()
    return [
        align("free/align", "Finding and aligning the free faces", free_photos, _FACES, crop_size_px),
        Node(
            "free/label",
            "Labelling the free faces by MediaPipe's blendshapes",
            "tfrecords_tools.label_blendshapes",
            (
                f"--photos_dir={free_photos}",
                f"--faces_dir={_FACES}",
                f"--output={_LABELS}",
                f"--aus={','.join(map(str, RULES))}",
                *model,
            ),
            inputs=(_FACES / "faces.csv",),
            outputs=(_LABELS,),
            cost=150,
        ),
        Node(
            "free/records",
            "Writing the records of the free faces",
            "tfrecords_tools.write_records",
            (
                f"--faces_dir={_FACES}",
                f"--labels={_LABELS}",
                "--dataset=free",
                f"--output_dir={RUN / 'records'}",
            ),
            inputs=(_FACES / "faces.csv", _LABELS),
            outputs=tuple(records_of("free") / name for name in ("dataset.json", "rows.csv")),
            cost=10,
            owned=(records_of("free"),),
        ),
    ]


def align(name: str, title: str, photos: Path, faces: Path, crop_size_px: int) -> Node:
    """Returns the alignment of the faces in a folder of photos that is given from outside."""
    return Node(
        name,
        title,
        "tfrecords_tools.align_faces",
        (f"--photos_dir={photos}", f"--output_dir={faces}", f"--crop_size_px={crop_size_px}", *AS_PUBLISHED),
        inputs=(),
        outputs=(faces / "faces.csv",),
        cost=60,
        owned=(faces,),
    )
