"""Builds, saves and loads the networks; needs no other part of the library but the AU table, errors and files."""

from emotionet_tf.models.backbones import build_backbone, list_backbones
from emotionet_tf.models.config import ModelConfig
from emotionet_tf.models.multi_head import build_model
from emotionet_tf.models.saved import LoadedModel, is_unfinished, load_model, save_model

__all__ = [
    "LoadedModel",
    "ModelConfig",
    "build_backbone",
    "build_model",
    "is_unfinished",
    "list_backbones",
    "load_model",
    "save_model",
]
