"""What was asked of a reproduction: checked, and written into its folder for the report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.paper import SCORED_SETS, Paper, PaperScale, Reproduction, paper_of
from emotionet_tf.experiments.run_layout import RUN_FILE, RunLayout
from emotionet_tf.experiments.runner.nodes import Node, needed_for
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.folder_settings import claim_folder

_MAKERS = "tfrecords_tools.write_records (write_class_records those of classes) makes them"
STAND_IN = "rendered faces with exact AU labels (the stand-in for EmotioNet)"


def reproduction_of(
    root: Path,
    *,
    paper: str,
    scale: str,
    records_dir: Path | None = None,
    num_seeds: int | None = None,
    seed: int = 0,
    openface_csvs: tuple[str, ...] = (),
    must_exist: bool = True,
) -> Reproduction:
    """Returns what is asked of a reproduction, checked.

    Args:
      root: Folder for everything that is made.
      paper: One of `PAPER_NAMES`.
      scale: "demo", "small" or "paper".
      records_dir: The user's records; None renders faces.
      num_seeds: Trainings of the rows that decide a claim; None is the scale's.
      seed: Of the rendered faces, and the first of the trainings.
      openface_csvs: OpenFace's output for the user's photos.
      must_exist: Whether the user's records have to be there already; a list of commands can do without.
    Raises:
      UserError: If the paper or the scale is unknown, it needs records that are not given, some are missing or hold
        crops of another size, or an OpenFace CSV is missing or of no use to the paper.
    """
    chosen = paper_of(paper)
    sizes = _scale_of(chosen, scale)
    if records_dir is None and not sizes.num_photos:
        raise UserError(f"--scale={scale} is for real data: say where its records are with --records_dir=DIR")
    evaluated: tuple[str, ...] = SCORED_SETS
    if records_dir is not None and must_exist:
        evaluated = _check_records(records_dir, chosen, sizes)
    if openface_csvs and not chosen.has_openface_baseline:
        raise UserError(f"--openface_csv: {chosen.name} has no OpenFace baseline to give it to")
    lost = [path for path in openface_csvs if must_exist and not Path(path).exists()]
    if lost:
        raise UserError(f"--openface_csv={lost[0]} is missing")
    return Reproduction(
        paper=chosen,
        layout=RunLayout(root, records_dir or root / "records"),
        scale=sizes,
        num_seeds=num_seeds or sizes.num_seeds,
        seed=seed,
        own_records=records_dir is not None,
        evaluated=evaluated,
        openface_csvs=openface_csvs,
    )


def _scale_of(paper: Paper, name: str) -> PaperScale:
    if name not in paper.scales:
        raise UserError(f"scale must be one of {', '.join(paper.scales)}, got {name!r}")
    return paper.scales[name]


def _check_records(records_dir: Path, paper: Paper, scale: PaperScale) -> tuple[str, ...]:
    """Returns the sets that can be scored on the user's records; raises UserError where these do not serve.

    The crops must have the size that the scale's networks cut their images from.
    """

    missing = _missing_of(records_dir, paper.needed_records)
    if missing:
        raise UserError(
            f"--records_dir={records_dir} needs the records folders {', '.join(paper.needed_records)}; it lacks "
            f"{', '.join(missing)}; {_MAKERS}"
        )
    evaluated = tuple(name for name in SCORED_SETS if not _missing_of(records_dir, paper.records_of(name)))
    scored = [folder for name in evaluated for folder in paper.records_of(name)]
    for name in dict.fromkeys((*paper.needed_records, *scored)):
        info = load_dataset_info(records_dir / name)
        if info.crop_size_px != scale.crop_size_px:
            raise UserError(
                f"{records_dir / name} holds crops of {info.crop_size_px} px; --scale={scale.name} is for "
                f"{scale.crop_size_px} px: run align_faces with --crop_size_px={scale.crop_size_px}"
            )
        paper.check_records(name, info)
    return evaluated


def _missing_of(records_dir: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if not (records_dir / name / "dataset.json").is_file()]


def missing_inputs(run: Reproduction) -> list[str]:
    """Returns a sentence for each kind of the user's data that is not there (yet); nothing where all is."""
    sentences = []
    if run.own_records:
        records_dir, paper = run.layout.records_dir, run.paper
        if missing := _missing_of(records_dir, paper.needed_records):
            sentences.append(
                f"--records_dir={records_dir} lacks {', '.join(missing)}, which the run needs; {_MAKERS}"
            )
        scored = [name for name in SCORED_SETS if name not in paper.needed_records]
        if missing := [
            folder for name in scored for folder in _missing_of(records_dir, paper.records_of(name))
        ]:
            sentences.append(
                f"--records_dir={records_dir} lacks {', '.join(missing)}, which are scored where they are there: "
                "without them the run has fewer commands than these"
            )
    if lost := [path for path in run.openface_csvs if not Path(path).exists()]:
        sentences.append(f"--openface_csv={lost[0]} is missing")
    return sentences


def start(run: Reproduction) -> None:
    """Writes what is asked into the run's folder; raises UserError if it holds a run of something else."""
    claim_folder(
        run.layout.root / RUN_FILE,
        {
            "paper": run.paper.name,
            "scale": run.scale.name,
            "data": f"records in {run.layout.records_dir}" if run.own_records else STAND_IN,
            "records_dir": str(run.layout.records_dir) if run.own_records else None,
            "num_seeds": run.num_seeds,
            "seed": run.seed,
            "evaluated": list(run.evaluated),
            "openface_csvs": list(run.openface_csvs),
        },
        is_of_one_keras=True,
    )


def started(root: Path) -> Reproduction:
    """Returns what was asked of the run in a folder, as `start` wrote it.

    Raises:
      UserError: If the folder holds no reproduction, or one of a paper or scale that is unknown here.
    """
    path = root / RUN_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))["settings"]
        paper = paper_of(settings["paper"])
        records_dir = settings["records_dir"]
        return Reproduction(
            paper=paper,
            layout=RunLayout(root, Path(records_dir) if records_dir else root / "records"),
            scale=_scale_of(paper, settings["scale"]),
            num_seeds=settings["num_seeds"],
            seed=settings["seed"],
            own_records=records_dir is not None,
            evaluated=tuple(settings["evaluated"]),
            openface_csvs=tuple(settings["openface_csvs"]),
        )
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{root} holds no reproduction: its {RUN_FILE} is missing or damaged; emotionet_tf.bin.reproduce makes one"
        ) from error


def choose(paper: Paper, nodes: Sequence[Node], keys: Iterable[str]) -> list[Node]:
    """Returns the nodes of some rows, fusions, baselines or other steps, with all that they need.

    Args:
      paper: Whose keys they are.
      nodes: All nodes of a run.
      keys: Keys of `paper.systems`, such as "A.2" or "fusion-A+B", or of `paper.steps`, such as "data".
    Raises:
      UserError: If a key is unknown; the message lists the known ones. If the run has no command for one: own records
        need no data, and what has learned from opt-val cannot be scored where there is no other set.
    """
    known = (*(key for key in paper.steps if key not in paper.keys), *paper.keys)
    names: list[str] = []
    for key in keys:
        if key not in known:
            raise UserError(f"--only must be one of {', '.join(known)}, got {key!r}")
        pattern = re.compile(paper.steps.get(key, rf"[^/]+/{re.escape(key)}/.*"))
        found = [node.name for node in nodes if pattern.fullmatch(node.name)]
        if not found:
            raise UserError(f"--only: nothing is to be done for {key!r} with these records")
        names += found
    return needed_for(nodes, names)
