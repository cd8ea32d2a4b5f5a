"""What a dataset's reader has to be told, where the files do not say it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.settings import setting


@dataclass(frozen=True, kw_only=True)
class ReaderOptions:
    """What a dataset's reader has to be told; what each setting is, its declaration says."""

    neutral_frames: bool = setting(
        False,
        "Also take the frames that are neutral by construction, as rows without an AU: the first one of CK+'s "
        "sequences, the onset frame of CASME II's and SAMM's clips.",
    )
    fps: float | None = setting(
        None,
        "The videos' frames in a second, for what comes with times instead of frames: ELAN's and Observer XT's codes, "
        "and tables that compare matches by time.",
        above=0,
        at_most=10_000,
    )

    def fps_of(self, path: Path, title: str) -> float:
        """Returns the frames a second; raises UserError where they are not given."""
        if self.fps is None:
            raise UserError(
                f"{path}: {title} codes have times, not frames: give --fps, the video's frames a second"
            )
        return self.fps

    def frame_at(self, path: Path, title: str, milliseconds: float) -> int:
        """Returns the frame that is shown at a time, 1 = the video's first; raises UserError without `fps`."""
        # Milliseconds times frames are whole where the frame begins at the time: a division first would round down.
        return int(round(milliseconds * self.fps_of(path, title), 6) // 1000) + 1
