"""A run that is to have more steps than its folder was begun with, or fewer: possible where the steps that are done
would have been the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emotionet_tf.models.model_folders import RUN_FILE, SUMMARY_FILE
from emotionet_tf.storage.files import read_json_or_nothing, write_json
from emotionet_tf.storage.folder_settings import (
    OtherSettingsError,
    kept_settings,
    refuse_other_settings,
    setting_changes,
)
from emotionet_tf.storage.paths import as_path
from emotionet_tf.training.lifecycle.checkpoint_files import CheckpointFiles
from emotionet_tf.training.optimization.optimizer_and_schedule import rate_falls
from emotionet_tf.training.run_config import RunConfig
from emotionet_tf.training.starting_weights import checkpoints_folder

_NUM_STEPS, _POINTS, _FACTOR = "num_steps", "lr_decay_points", "lr_decay_factor"
_LENGTH = (_NUM_STEPS, _POINTS)
_OTHER_FOLDER = "choose another output folder, which can start from this one by --init_backbone="
_MOST_DIGITS = 12


@dataclass(frozen=True)
class ChangedLength:
    """A change of a run's length that leaves the steps that are done as they are.

    Attributes:
      settings: All that decides the result, as wanted now.
      before: The same with the length that the folder was begun with.
      num_done: Steps that are done.
      is_off_grid: Whether a finished run ended where a longer one would not have validated or saved.
    """

    settings: Mapping[str, Any]
    before: Mapping[str, Any]
    num_done: int
    is_off_grid: bool

    def accept(self, folder: Path) -> None:
        """Writes the new length into the run's folder, which is from now on an unfinished run, and says so."""
        path = folder / RUN_FILE
        # First: a kill between the two leaves a run of the old length that has only its summary to write.
        (folder / SUMMARY_FILE).unlink(missing_ok=True)
        content = json.loads(path.read_text(encoding="utf-8"))
        earlier = {name: self.before[name] for name in _LENGTH}
        content["earlier_lengths"] = [
            *content.get("earlier_lengths", []),
            earlier | {"steps_done": self.num_done},
        ]
        write_json(path, content | {"settings": dict(self.settings)})
        print(
            f"{folder} has {self.num_done} of now {self.settings[_NUM_STEPS]} steps (before, of "
            f"{self.before[_NUM_STEPS]}); these would have been the same"
        )
        if self.is_off_grid:
            print(
                f"the row of step {self.num_done} in its curves, and the best model if that was chosen there, are of "
                "its earlier end, between two regular validations"
            )


def changed_length(config: RunConfig, settings: Mapping[str, Any]) -> ChangedLength | None:
    """Returns how a folder's run is made longer or shorter; None where there is no run, or its length is as wanted.

    Steps do not depend on the run's length, but for the learning rate, which falls at shares of it: those that are done
    stay as they are where it fell after the same steps. `lr_decay_points` may change to that end.

    Args:
      config: The run as it is wanted now.
      settings: What decides its result.
    Raises:
      OtherSettingsError: If anything else is changed; if the steps that are done would have been others; if they are
        more than are wanted; or if there is no checkpoint of them.
    """
    folder, defaults = as_path(config.output_dir), config.defaults()
    path = folder / RUN_FILE
    if not path.is_file():
        return None
    old, now = kept_settings(path, defaults), json.loads(json.dumps(dict(settings)))
    if old.get(_NUM_STEPS) == now[_NUM_STEPS] or not set(_LENGTH) <= set(old):
        return None
    before = {**now, **{name: old[name] for name in _LENGTH}}
    refuse_other_settings(path, before, defaults)

    def refusal(reason: str, ways_out: Sequence[str] = ()) -> OtherSettingsError:
        advice = "; or ".join([*ways_out, f"{_OTHER_FOLDER}{folder}"])
        return OtherSettingsError(folder, setting_changes(before, now), f"; {reason}: {advice}")

    num_at_end = read_json_or_nothing(folder / SUMMARY_FILE).get(_NUM_STEPS)
    num_done = max(CheckpointFiles(checkpoints_folder(config)).steps(), default=0)
    if num_at_end is not None and num_at_end != num_done:
        raise refusal("there is no checkpoint of its last step to continue from")
    if num_done and num_done >= now[_NUM_STEPS]:
        raise refusal(f"it has {num_done} steps already, which are not taken back")
    falls, new_falls = (rate_falls(one[_NUM_STEPS], one[_POINTS]) for one in (before, now))
    if now[_FACTOR] != 1 and _within(falls, num_done) != _within(new_falls, num_done):
        kept = points_of_falls(_within(falls, now[_NUM_STEPS]), now[_NUM_STEPS])
        way = f"--lr_decay_points={','.join(map(str, kept))} lets it fall where it fell" if kept else ""
        raise refusal(
            f"its learning rate fell after {_step_names(falls)}, and would have fallen after "
            f"{_step_names(new_falls)}",
            [way] if way else [],
        )
    is_off_grid = num_done == old[_NUM_STEPS] and num_done % _grid(now) != 0
    return ChangedLength(now, before, num_done, is_off_grid)


def points_of_falls(falls: Sequence[int], num_steps: int) -> list[float]:
    """Returns the shortest `lr_decay_points` at which the rate falls after these steps; none if there are no such.

    Args:
      falls: Numbers of steps, ascending.
      num_steps: Length of the run.
    """
    points = []
    for fall in falls:
        for digits in range(1, _MOST_DIGITS):
            numerator = max(math.ceil(fall * 10**digits / num_steps), 1)
            if numerator * num_steps < (fall + 1) * 10**digits:
                points.append(numerator / 10**digits)
                break
    return points if rate_falls(num_steps, points) == list(falls) and len({*points}) == len(falls) else []


def _within(falls: Sequence[int], num_steps: int) -> list[int]:
    return [fall for fall in falls if fall < num_steps]


def _grid(settings: Mapping[str, Any]) -> int:
    return settings[
        "validation_interval_steps" if settings["val_records_dir"] else "checkpoint_interval_steps"
    ]


def _step_names(falls: Sequence[int]) -> str:
    return f"steps {', '.join(map(str, falls))}" if falls else "no step"
