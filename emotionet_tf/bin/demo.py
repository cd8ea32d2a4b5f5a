"""The demonstration: `python -m emotionet_tf.bin.demo`; see bin/demo, which also does the set-up.

Interrupt it as you like: called again, it resumes.
"""

import functools
import shutil
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.storage.paths import refuse_remote

_OUTPUT_DIR = flags.DEFINE_string("output_dir", "demo_output", "Folder for all that the demonstration makes.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the faces and the trainings.")
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated",
    False,
    "Remove and make again what an earlier call made with other arguments or from other files.",
)
_NUM_EXAMPLES = 6
_MAX_JOBS = 4
"""As many trainings wait for nothing but the teachers' labels."""


def main(arguments: list[str]) -> None:
    """Runs all commands, then prints the table and where the pictures are."""
    from emotionet_tf.cpu_cores import num_cores
    from emotionet_tf.experiments.demo import DISCLAIMER, DemoSizes, demo_nodes, format_summary, read_scores
    from emotionet_tf.experiments.figures import draw_per_au_scores
    from emotionet_tf.experiments.runner.run import run_nodes

    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=_OUTPUT_DIR.value)
    root = Path(_OUTPUT_DIR.value)
    nodes = demo_nodes(DemoSizes(), _SEED.value)
    # Networks as small as these train hardly faster on two cores than on one: as many commands as cores, one core each.
    run_part = functools.partial(
        run_nodes,
        state_dir=root / "stages",
        jobs=min(num_cores(), _MAX_JOBS),
        show_output=True,
        redo_outdated=_REDO_OUTDATED.value,
    )
    run_part(nodes[:-1])
    _copy_examples(root)
    run_part(nodes[-1:])
    scores = read_scores(root)
    chart = root / "per_au_scores.png"
    draw_per_au_scores(scores, f"Test set: {DISCLAIMER}", chart)
    print(f"\n{format_summary(scores)}\n({DISCLAIMER})\n")
    print(
        f"per-AU chart:      {chart}\nannotated photos:  {root / 'annotated'}\nface by face:      {root / 'photos.csv'}"
    )


def _copy_examples(root: Path) -> None:
    """Picks some photos of the test set for the last command, which shows how any photo is predicted."""
    from emotionet_tf.label_lists.photo_ids import relative_photo_path
    from emotionet_tf.label_lists.reading import read_label_list

    rows = read_label_list(root / "stand_in" / "labels" / "EmotioNet_FACS_test.csv").rows
    (root / "examples").mkdir(exist_ok=True)
    for row in rows[:: max(1, len(rows) // _NUM_EXAMPLES)][:_NUM_EXAMPLES]:
        photo = root / "stand_in" / "photos" / relative_photo_path(row.photo)
        shutil.copyfile(photo, root / "examples" / photo.name)


if __name__ == "__main__":
    entry_point.run(main)
