"""What adaptations have in common: a network from one model folder, changed, into another one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.models.model_folders import LoadedModel, load_model, network_path, save_model
from emotionet_tf.models.packed_weights import is_packed
from emotionet_tf.storage.files import sha256_of, write_json
from emotionet_tf.storage.paths import as_path
from emotionet_tf.storage.write_locks import only_writer
from emotionet_tf.training.adaptation.config import HeadRefitConfig, NormAdaptationConfig
from emotionet_tf.versions import installed_versions

AdaptationConfig = NormAdaptationConfig | HeadRefitConfig


def load_for_adaptation(config: AdaptationConfig) -> LoadedModel:
    """Returns the network that is to be changed.

    Raises:
      UserError: If it cannot be read, or the changed one would take its place.
    """
    if as_path(config.output_dir).resolve() == as_path(config.model_dir).resolve():
        raise UserError(f"--output_dir is the network's own folder {config.model_dir}; choose another one")
    return load_model(config.model_dir, config.which)


def save_adapted(
    model: LoadedModel, config: AdaptationConfig, summary_file: str, marks: Mapping[str, Any]
) -> Path:
    """Writes the changed network, under its old one's name, and a summary; returns the network's file.

    One that was packed becomes the folder's last network.

    Args:
      model: What `load_for_adaptation` returned, changed in place.
      config: Kept in the summary.
      summary_file: Its name.
      marks: What else it keeps.
    """
    output_dir, source = as_path(config.output_dir), network_path(config.model_dir, config.which)
    which = "last" if is_packed(as_path(config.model_dir)) else source.stem
    with only_writer(output_dir, is_filled=True):
        save_model(model.network, model.config, output_dir, which)
        summary = {"settings": dataclasses.asdict(config), "network_sha256": sha256_of(source), **marks}
        write_json(output_dir / summary_file, {**summary, "versions": installed_versions()})
    return output_dir / f"{which}.keras"
