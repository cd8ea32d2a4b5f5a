"""What the shipped weights were made from and how: a JSON file that goes into every packed folder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.models.model_folders import RUN_FILE
from emotionet_tf.records.dataset_info import load_dataset_info
from emotionet_tf.storage.files import write_json
from emotionet_tf.versions import checkout_commit, installed_versions

PROVENANCE_FILE = "provenance.json"
DATASETS = ("opt-train", "opt-val", "free", "free_mesh", "free_furrows")
_FREE_PHOTOS = "FREE_PHOTOS"


def write_provenance(root: Path, nodes: Sequence[Node], state_dir: Path, free_photos: Path) -> None:
    """Writes `provenance.json`; done again after the same nodes, the same bytes.

    Args:
      root: Folder of the making.
      nodes: The nodes that are done, whose commands and hours it lists.
      state_dir: What is known of them.
      free_photos: Folder of the free faces, whose name on this machine is left out.
    """
    steps = [_step(state_dir / f"{node.name}.json", free_photos) for node in nodes]
    trained = [node.name.removeprefix("train/") for node in nodes if node.name.startswith("train/")]
    infos = {name: load_dataset_info(str(root / "records" / name)) for name in DATASETS}
    content = {
        "made_by": "emotionet-tf free_detector",
        "packed_at_commit": checkout_commit(),
        "trained_at_commit": {name: _commit_of(root / "models" / name) for name in trained},
        "versions": installed_versions(),
        "licences": "docs/model_card.md of the package's sources",
        "records": {
            name: {"num_faces": info.num_examples, "checksum": info.checksum} for name, info in infos.items()
        },
        "hours": round(sum(step["seconds"] for step in steps) / 3600, 2),
        "steps": steps,
    }
    write_json(root / PROVENANCE_FILE, content)


def _step(state: Path, free_photos: Path) -> dict[str, Any]:
    known = json.loads(state.read_text(encoding="utf-8"))
    command = shlex.join(known["command"]).replace(str(free_photos), _FREE_PHOTOS)
    return {"command": command, "seconds": known["seconds"], "ended": known["ended"]}


def _commit_of(model_dir: Path) -> str:
    return str(json.loads((model_dir / RUN_FILE).read_text(encoding="utf-8"))["commit"])
