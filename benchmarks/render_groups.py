"""How well a detector does on rendered faces of different kinds of persons, whose kinds are known exactly.

    python -m benchmarks.render_groups --run_dir=made

`--run_dir` is what `free_detector` made; the faces are those that validated, of persons that nothing was trained on.
For each kind it prints the mean over the expression AUs of the chance that a face with the AU scores higher than one
without (the AUC), with a 95 % bootstrap interval over persons, and how many AUs are declared on faces that show none.
Rendered faces say how a detector's errors differ between kinds of persons, as far as they are drawn well; they say
nothing about real photos.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags

from emotionet_tf.action_units import POSE, au_name, aus_with_columns
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from emotionet_tf.inference.prediction_files import Predictions

_RUN_DIR = flags.DEFINE_string("run_dir", None, "Output folder of free_detector.", required=True)
_MODEL = flags.DEFINE_string("model", "fast", "The name of a detector that comes with the package.")
_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", [], "A model's folder, in place of --model; repeat for more."
)
_NUM_RESAMPLES = flags.DEFINE_integer(
    "num_resamples", 500, "Bootstrap resamples for the intervals; our choice.", lower_bound=100
)

KINDS: Mapping[str, Callable[[pd.DataFrame], pd.Series]] = {
    "all": lambda table: table.melanin >= 0,
    "skin: light (melanin below .33)": lambda table: table.melanin < 0.33,
    "skin: medium (.33 to .6)": lambda table: table.melanin.between(0.33, 0.6),
    "skin: dark (above .6)": lambda table: table.melanin > 0.6,
    "female form": lambda table: table.masculinity < 0.5,
    "male form": lambda table: table.masculinity >= 0.5,
    "age: up to about 40": lambda table: table.age < 0.6,
    "age: about 40 to 65": lambda table: table.age.between(0.6, 0.8),
    "age: above": lambda table: table.age > 0.8,
    "no glasses, hand or mask": lambda table: table.cover == "none",
    "glasses": lambda table: table.cover == "glasses",
}
"""Kinds of faces, by what the renderer drew."""

_FEWEST = 5
"""Faces with and without an AU that its AUC takes at least, our choice."""


def main(arguments: list[str]) -> None:
    """Prints a line for each kind."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.inference.records_prediction import predict_dataset
    from emotionet_tf.inference.shipped_detectors import detector_folders

    run_dir = Path(_RUN_DIR.value)
    for needed in (run_dir / "stand_in" / "truth.csv", run_dir / "records" / "opt-val" / "rows.csv"):
        if not needed.is_file():
            raise UserError(f"{needed} is missing; --run_dir is the output folder of free_detector")
    folders = _MODEL_DIRS.value or list(map(str, detector_folders(_MODEL.value)))
    predictions = predict_dataset(folders, str(run_dir / "records" / "opt-val"), batch_size=64)
    table = faces_of(run_dir, predictions.ids)
    print(f"{'kind':32} faces persons  mean AUC (95 %)        AUs declared on a face without any")
    for kind, choose in KINDS.items():
        rows = choose(table).to_numpy()
        print(f"{kind:32} {_line(table[rows], predictions.scores[rows], predictions, _NUM_RESAMPLES.value)}")
    print("These are rendered faces: they say nothing about real photos or EmotioNet.")


def faces_of(run_dir: Path, ids: tuple[str, ...]) -> pd.DataFrame:
    """Returns what is known of faces, in the order of their ids: their AUs and cover, and their person's kind."""
    import pandas as pd

    from emotionet_tf.synthetic.dataset.photo_plan import body_stream
    from emotionet_tf.synthetic.person.head_cache import load_head
    from emotionet_tf.synthetic.person.identity import sample_identity

    truth = pd.read_csv(run_dir / "stand_in" / "truth.csv").set_index("id").loc[list(ids)]
    seed = int(json.loads((run_dir / "stand_in" / "synthesize.json").read_text())["settings"]["seed"])
    head = load_head()
    persons = {
        number: sample_identity(number, head, body_stream(seed, "opt", number))
        for number in truth.identity.unique()
    }
    for name in ("melanin", "masculinity", "age"):
        truth[name] = [getattr(persons[number], name) for number in truth.identity]
    return truth.assign(cover=truth.cover.fillna("none").replace("", "none"))


def _line(table: pd.DataFrame, scores: np.ndarray, predictions: Predictions, num_resamples: int) -> str:
    import numpy as np

    persons = table.identity.to_numpy()
    numbers = np.unique(persons)
    values = mean_auc(table, scores, predictions.aus)
    random = np.random.default_rng(0)
    rows_of = {number: np.flatnonzero(persons == number) for number in numbers}
    resamples = []
    for _ in range(num_resamples):
        rows = np.concatenate([rows_of[number] for number in random.choice(numbers, len(numbers))])
        resamples.append(mean_auc(table.iloc[rows], scores[rows], predictions.aus))
    low, high = np.nanpercentile(resamples, [2.5, 97.5])
    expression = [column for column, au in enumerate(predictions.aus) if au not in POSE.aus]
    drawn = [au_name(au) for au in aus_with_columns(table.columns) if au not in POSE.aus]
    is_empty = (table[drawn] == 0).all(axis=1).to_numpy()
    decisions = scores[is_empty][:, expression] >= predictions.thresholds[expression]
    declared = f"{decisions.sum(1).mean():.2f} ({is_empty.sum()})" if is_empty.any() else "-"
    return f"{len(table):5} {len(numbers):7}  {values:.3f} ({low:.3f} to {high:.3f})  {declared}"


def mean_auc(table: pd.DataFrame, scores: np.ndarray, aus: tuple[int, ...]) -> float:
    """Returns the mean AUC over the expression AUs that enough faces have and lack; NaN where there is none."""
    import numpy as np

    from benchmarks.photo_conditions import auc

    found = []
    for column, au in enumerate(aus):
        if au not in POSE.aus:
            shown = table[au_name(au)].to_numpy() == 1
            if min(shown.sum(), (~shown).sum()) >= _FEWEST:
                low, high = scores[~shown, column], scores[shown, column]
                found.append(auc(low, high, np.ones(len(low)), np.ones(len(high))))
    return float(np.mean(found)) if found else float("nan")


if __name__ == "__main__":
    entry_point.run(main)
