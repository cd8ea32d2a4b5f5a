"""Builds, saves and loads the networks; needs only the AU table, errors and storage.

Names are looked up when they are used: TensorFlow, which most of them need, takes seconds to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from emotionet_tf.lazy_names import after_imports, lazy_names

if TYPE_CHECKING:
    from emotionet_tf.models.backbones.building import build_backbone
    from emotionet_tf.models.backbones.names import list_backbones
    from emotionet_tf.models.config import ModelConfig
    from emotionet_tf.models.model_folders import LoadedModel, is_unfinished, load_model, save_model
    from emotionet_tf.models.multi_head import build_model

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

# A type checker would take any name for one of this package's.
if not TYPE_CHECKING:
    __getattr__ = lazy_names(
        __name__,
        {
            "LoadedModel": "model_folders",
            "ModelConfig": "config",
            "build_backbone": "backbones.building",
            "build_model": "multi_head",
            "is_unfinished": "model_folders",
            "list_backbones": "backbones.names",
            "load_model": "model_folders",
            "save_model": "model_folders",
        },
    )


def _register_layers() -> None:
    """Lets Keras itself open our .keras files: it looks up classes of layers by the names that their modules give."""
    for module in ("cosine_logits", "dropout", "head_angles"):
        import_module(f"{__name__}.{module}")


after_imports(("tensorflow", "keras"), _register_layers)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
