"""The commands from a folder of free faces to records with labels: MediaPipe's blendshapes', its mesh's, furrows'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from emotionet_tf.experiments.free_detector.trainings import records_of
from emotionet_tf.experiments.rendered_data import AS_PUBLISHED
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.runner.placeholders import RUN
from emotionet_tf.inference.landmarker_labels.face_labels import LABELLERS

FREE_RECORDS: Mapping[str, str] = {
    "blendshapes": "free",
    "mesh": "free_mesh",
    "furrows": "free_furrows",
}
"""The records of the free faces, by what labelled them."""

_FACES = RUN / "free_faces"


def free_data_nodes(free_photos: Path, crop_size_px: int, mediapipe_model: str) -> list[Node]:
    """Returns the commands to the records of `FREE_RECORDS`.

    Args:
      free_photos: Folder of the free faces.
      crop_size_px: Side of the registered crops.
      mediapipe_model: The file face_landmarker.task; empty for the one in the cache folder.
    """
    return [
        align("free/align", "Finding and aligning the free faces", free_photos, _FACES, crop_size_px),
        *(
            node
            for labeller in FREE_RECORDS
            for node in _labelled_nodes(labeller, free_photos, mediapipe_model)
        ),
    ]


def _labelled_nodes(labeller: str, free_photos: Path, mediapipe_model: str) -> Iterator[Node]:
    """Yields the commands from aligned faces to records with the labels of one of `LABELLERS`."""
    dataset = FREE_RECORDS[labeller]
    labels, records = RUN / f"{dataset}.csv", records_of(dataset)
    model = (f"--mediapipe_model={mediapipe_model}",) if mediapipe_model else ()
    yield Node(
        f"{dataset}/label",
        f"Labelling the free faces by MediaPipe's {labeller}",
        "tfrecords_tools.label_blendshapes",
        (
            f"--photos_dir={free_photos}",
            f"--faces_dir={_FACES}",
            f"--output={labels}",
            f"--by={labeller}",
            f"--aus={','.join(map(str, LABELLERS[labeller].rules))}",
            *model,
        ),
        inputs=(_FACES / "faces.csv",),
        outputs=(labels,),
        cost=150,
    )
    yield Node(
        f"{dataset}/records",
        f"Writing the records of the free faces, labelled by {labeller}",
        "tfrecords_tools.write_records",
        (
            f"--faces_dir={_FACES}",
            f"--labels={labels}",
            f"--dataset={dataset}",
            f"--output_dir={RUN / 'records'}",
        ),
        inputs=(_FACES / "faces.csv", labels),
        outputs=tuple(records / name for name in ("dataset.json", "rows.csv")),
        cost=10,
        owned=(records,),
    )


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
