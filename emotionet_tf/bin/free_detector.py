"""Makes the detector that comes with the package again, from rendered and free faces.

`python -m emotionet_tf.bin.free_detector --free_photos_dir=DIR --output_dir=DIR`

Every node is one command. What is done is skipped, so that the same call resumes an interrupted making. The packed
weights are in OUTPUT_DIR/weights, what they were made from in OUTPUT_DIR/report.md. Needs the extras `synthetic` and
`mesh`, and MediaPipe's file face_landmarker.task.
"""

import functools
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point, landmarker_flag
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote

flags.adopt_module_key_flags(landmarker_flag)

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for everything that is made.", required=True)
_FREE_PHOTOS_DIR = flags.DEFINE_string(
    "free_photos_dir", None, "Photos of faces that may be used freely, without labels.", required=True
)
_SCALE = flags.DEFINE_enum(
    "scale",
    "full",
    ["small", "full"],
    "small: minutes, to see that everything runs; full: what made the shipped weights.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the rendered faces and the trainings.", lower_bound=0)
_DRY_RUN = flags.DEFINE_boolean("dry_run", False, "Print the commands in order, with what each waits for.")
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated", False, "Make again what was made by another command or from other input."
)


def main(arguments: list[str]) -> None:
    """Runs or prints the commands."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=_OUTPUT_DIR.value, free_photos_dir=_FREE_PHOTOS_DIR.value)
    from emotionet_tf.experiments.free_detector.plan import Making
    from emotionet_tf.experiments.free_detector.provenance import write_provenance
    from emotionet_tf.experiments.free_detector.report import write_report
    from emotionet_tf.experiments.free_detector.scales import SCALES
    from emotionet_tf.experiments.runner.nodes import format_commands
    from emotionet_tf.experiments.runner.run import run_nodes

    root, free_photos = Path(_OUTPUT_DIR.value), Path(_FREE_PHOTOS_DIR.value)
    making = Making(SCALES[_SCALE.value], free_photos, landmarker_flag.MODEL.value, _SEED.value)
    if _DRY_RUN.value:
        nodes = [*making.training_nodes(), *making.packing_nodes(), *making.scoring_nodes()]
        print(format_commands([node.placed(root) for node in nodes]), end="")
        return
    if not free_photos.is_dir():
        raise UserError(f"free_photos_dir {free_photos} is missing or not a folder")
    run = functools.partial(
        run_nodes, state_dir=root / "state", show_output=True, redo_outdated=_REDO_OUTDATED.value
    )
    run(making.training_nodes())
    write_provenance(root, making.training_nodes(), root / "state", free_photos)
    run([*making.packing_nodes(), *making.scoring_nodes()])
    print(f"packed weights: {root / 'weights'}")
    print(f"report:         {write_report(root)}")


if __name__ == "__main__":
    entry_point.run(main)
