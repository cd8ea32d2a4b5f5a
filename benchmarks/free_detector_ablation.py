"""What each step of the shipped detector's recipe gives, on real photos.

    python -m benchmarks.free_detector_ablation --free_photos_dir=FACES --output_dir=ablation

Renders faces, trains the networks of `emotionet_tf.experiments.free_detector.ablation` with several seeds (resumed by
the same call), and prints for each arm the mean AUC of the model card's proxies, and differences between arms with 95 %
intervals: of seeds' means, over resampled persons. The networks are smaller than the shipped one, so the figures are
to be compared with each other only. The photos are `benchmarks.real_photos --all`'s.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from absl import flags

from benchmarks.ablation_figures import (
    OTHER_ARMS,
    print_arms,
    print_comparisons,
    proxy_aucs,
    read_collection,
    scores_by_arm,
)
from benchmarks.photo_bar import NEWS_PROXIES, PORTRAIT_PROXIES
from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for everything that is made.", required=True)
_FREE_PHOTOS_DIR = flags.DEFINE_string(
    "free_photos_dir", None, "Photos of faces that may be used freely, without labels.", required=True
)
_DATA_DIR = flags.DEFINE_string(
    "data_dir",
    os.environ.get("EMOTIONET_TF_DATA", "../shared/data"),
    "Folder of photos_expressions and openpeople. Default: $EMOTIONET_TF_DATA, or ../shared/data.",
)
_SCALE = flags.DEFINE_enum("scale", "ablation", ["small", "ablation", "full"], "Sizes of data and networks.")
_SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "Seeds of the trainings.")
_REDO_OUTDATED = flags.DEFINE_boolean(
    "redo_outdated", False, "Make again what was made by another command or from other input."
)
_NUM_RESAMPLES = flags.DEFINE_integer(
    "num_resamples", 500, "Bootstrap resamples for the intervals; our choice.", lower_bound=100
)

COLLECTIONS: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "photos_expressions/labels.csv": NEWS_PROXIES,
    "openpeople/expressions.csv": PORTRAIT_PROXIES,
}
"""Tables of real photos, and what each expression should show more than a neutral face."""


def main(arguments: list[str]) -> None:
    """Trains what is missing and prints the tables."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=_OUTPUT_DIR.value, free_photos_dir=_FREE_PHOTOS_DIR.value)
    from emotionet_tf.experiments.free_detector.ablation import ARMS, Ablation, network_of
    from emotionet_tf.experiments.free_detector.free_data import align
    from emotionet_tf.experiments.free_detector.scales import SCALES
    from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, RUN, filled
    from emotionet_tf.experiments.runner.run import run_nodes

    root, scale, seeds = Path(_OUTPUT_DIR.value), SCALES[_SCALE.value], [int(seed) for seed in _SEEDS.value]
    free_photos, tables = Path(_FREE_PHOTOS_DIR.value), [Path(_DATA_DIR.value, name) for name in COLLECTIONS]
    for folder in (free_photos, *(table.parent for table in tables)):
        if not folder.is_dir():
            raise UserError(f"{folder} is missing or not a folder")
    nodes = [
        align(
            f"real/{table.parent.name}",
            f"Finding and aligning the faces of {table.parent.name}",
            table.parent,
            RUN / "real" / table.parent.name,
            scale.crop_size_px,
        )
        for table in tables
    ]
    run_nodes(
        [*nodes, *Ablation(scale, free_photos, seeds).nodes()],
        root / "state",
        show_output=True,
        redo_outdated=_REDO_OUTDATED.value,
    )
    folders = {
        arm.name: [Path(filled(str(network_of(arm.name, seed)), root, PACKAGE_DIR)) for seed in seeds]
        for arm in ARMS
    }
    for table, proxies in zip(tables, COLLECTIONS.values(), strict=True):
        collection = read_collection(table, root / "real" / table.parent.name, proxies)
        print(f"\n{table.parent.name}: {len(collection.crops)} faces, {len(seeds)} seeds")
        scores, aus = scores_by_arm(folders, collection.crops)
        aucs = proxy_aucs(collection, scores, aus, _NUM_RESAMPLES.value)
        print_arms(aucs, {**{arm.name: arm.title for arm in ARMS}, **OTHER_ARMS})
        print_comparisons(aucs)
    print(
        "An expression is not an AU: these are proxies, neither accuracies of AUs nor the EmotioNet Challenge's scores."
    )


if __name__ == "__main__":
    entry_point.run(main)
