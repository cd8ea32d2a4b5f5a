"""What was asked of a reproduction: checked, and written into its folder for the report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from emotionet_tf.data.dataset_info import load_dataset_info
from emotionet_tf.errors import UserError
from emotionet_tf.experiments.run_layout import RUN_FILE, RunLayout
from emotionet_tf.experiments.werner2020.plan import EVALUATED, Plan
from emotionet_tf.experiments.werner2020.scales import Scale, scale_of
from emotionet_tf.run_settings import claim_folder

_NEEDED = ("opt-train", "opt-val", "opt", "train")
STAND_IN = "rendered faces with exact AU labels (the stand-in for EmotioNet)"


def plan_of(
    root: Path,
    *,
    scale: str,
    records_dir: Path | None = None,
    num_seeds: int | None = None,
    seed: int = 0,
    openface_csvs: tuple[str, ...] = (),
    must_exist: bool = True,
) -> Plan:
    """Returns the plan of a reproduction of Werner et al. 2020.

    Args:
      root: Folder for everything that is made.
      scale: "demo", "small" or "paper".
      records_dir: The user's records; None renders faces.
      num_seeds: Trainings of the rows that decide a claim; None is the scale's.
      seed: Of the rendered faces, and the first of the trainings.
      openface_csvs: OpenFace's output for the user's photos.
      must_exist: Whether the user's records have to be there already; a list of commands can do without.
    Raises:
      UserError: If the scale is unknown, it needs records that are not given, some are missing or hold crops of another
        size, or an OpenFace CSV is missing.
    """
    sizes = scale_of(scale)
    if records_dir is None and not sizes.num_photos:
        raise UserError(f"--scale={scale} is for real data: say where its records are with --records_dir=DIR")
    evaluated: tuple[str, ...] = EVALUATED
    if records_dir is not None and must_exist:
        missing = [name for name in _NEEDED if not (records_dir / name / "dataset.json").is_file()]
        if missing:
            raise UserError(
                f"--records_dir={records_dir} needs the records folders {', '.join(_NEEDED)}; it lacks "
                f"{', '.join(missing)}"
            )
        evaluated = tuple(name for name in EVALUATED if (records_dir / name / "dataset.json").is_file())
        _check_crops(records_dir, dict.fromkeys((*_NEEDED, *evaluated)), sizes)
    lost = [path for path in openface_csvs if must_exist and not Path(path).exists()]
    if lost:
        raise UserError(f"--openface_csv={lost[0]} is missing")
    return Plan(
        layout=RunLayout(root, records_dir or root / "records"),
        scale=sizes,
        num_seeds=num_seeds or sizes.num_seeds,
        seed=seed,
        own_records=records_dir is not None,
        evaluated=evaluated,
        openface_csvs=openface_csvs,
    )


def _check_crops(records_dir: Path, names: Iterable[str], scale: Scale) -> None:
    """Raises UserError unless the records' crops have the size that the scale's networks cut their images from."""
    for name in names:
        size_px = load_dataset_info(records_dir / name).crop_size_px
        if size_px != scale.crop_size_px:
            raise UserError(
                f"{records_dir / name} holds crops of {size_px} px; --scale={scale.name} is for "
                f"{scale.crop_size_px} px: run align_faces with --crop_size_px={scale.crop_size_px}"
            )


def start(plan: Plan, paper: str) -> None:
    """Writes what is asked into the run's folder; raises UserError if it holds a run of something else."""
    claim_folder(
        plan.layout.root / RUN_FILE,
        {
            "paper": paper,
            "scale": plan.scale.name,
            "data": f"records in {plan.layout.records_dir}" if plan.own_records else STAND_IN,
            "records_dir": str(plan.layout.records_dir) if plan.own_records else None,
            "num_seeds": plan.num_seeds,
            "seed": plan.seed,
            "evaluated": list(plan.evaluated),
            "openface_csvs": list(plan.openface_csvs),
        },
    )


def started_plan(root: Path) -> Plan:
    """Returns the plan of the run in a folder, as `start` wrote it.

    Raises:
      UserError: If the folder holds no reproduction.
    """
    path = root / RUN_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))["settings"]
        records_dir = settings["records_dir"]
        return Plan(
            layout=RunLayout(root, Path(records_dir) if records_dir else root / "records"),
            scale=scale_of(settings["scale"]),
            num_seeds=settings["num_seeds"],
            seed=settings["seed"],
            own_records=records_dir is not None,
            evaluated=tuple(settings["evaluated"]),
            openface_csvs=tuple(settings["openface_csvs"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{root} holds no reproduction: its {RUN_FILE} is missing or damaged") from error
