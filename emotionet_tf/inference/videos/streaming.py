"""A video's rows written as they come, for who keeps no state to resume from. Needs neither TensorFlow nor pandas."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path

from emotionet_tf.inference.annotated_pictures import annotate
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.tables.csv_table import CsvTable
from emotionet_tf.inference.videos.frame_results import FrameResult, results_of_frames
from emotionet_tf.inference.videos.frame_rows import rows_of_frames
from emotionet_tf.videos.frames import Video
from emotionet_tf.videos.tracking import FaceTracker
from emotionet_tf.videos.writing import VideoWriter


def written_frames(
    video: Video,
    name: str,
    detector: ActionUnitDetector,
    tracker: FaceTracker,
    table: CsvTable,
    annotated: Path | None,
) -> Generator[list[FrameResult], None, None]:
    """Yields a video's frames, some at a time, once their rows and pictures are written.

    Args:
      video: The video.
      name: What it is called in the table.
      detector: Scores the faces.
      tracker: Follows them.
      table: Takes the rows.
      annotated: The video to write with faces and AUs; None for none.
    """
    with ExitStack() as stack:
        writer = None
        if annotated is not None:
            writer = stack.enter_context(VideoWriter(annotated, video.rate / video.every))
        batches = results_of_frames(video.frames(), tracker, detector.results)
        for batch in stack.enter_context(closing(batches)):
            table.write(rows_of_frames(name, batch.results))
            if writer is not None:
                for one in batch.results:
                    writer.add(annotate(one.pixels, one.faces, one.face_ids))
            yield batch.results
