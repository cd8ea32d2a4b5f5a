"""What has to be known to build a network, and to feed it once it is trained."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.action_units import FRAMINGS, VIEWS, au_name, flip_partner, is_action_unit
from emotionet_tf.errors import UserError
from emotionet_tf.json_fields import check_field_types
from emotionet_tf.models.backbones.level import Level
from emotionet_tf.models.backbones.names import split_backbones
from emotionet_tf.models.intensity_kinds import KINDS
from emotionet_tf.models.looks.look import MOST_LOOKS, Look

CONFIG_FILE = "model.json"
"""What every model folder has: its network's configuration."""

NECKS = ("none", "bn_dropout_fc_bn")
"""Nothing but a dropout, or SIAT-NTU's published layers."""

_HEAD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class ModelConfig:
    """A network: one trunk, one head per dataset.

    Attributes:
      backbone: A name that `build_backbones` knows; with "+", several backbones whose features are concatenated.
      aus: The AUs that it predicts, in output order.
      view: The crop the network sees, "close_up" or "context".
      heads: The datasets' names, a head each.
      prediction_head: The head that predicts: that of the most accurately labelled dataset.
      uses_angles: Whether the three head angles are a second input (Werner et al. 2020: the pose network).
      image_size_px: Side of the input image.
      crop_size_px: Side of the crop that the image is cut from.
      dropout: Rate in front of the output layer, or of the neck's dense layer.
      angle_units: Width of the dense layer that the angles pass through.
      neck: One of `NECKS`, between the features and the heads.
      neck_units: Width of the neck's dense layer.
      framing: What places the face in the crop, "registered" or "box".
      learnt: The AUs that a head has learnt; a head that is not named has learnt all.
      intensities: What gives intensities beside presence, one of `intensities.KINDS`.
      intensities_learnt: The heads that have intensities, each with the AUs whose intensity it has learnt.
      outputs: The AUs of every head's columns, where these are more than it predicts: of some there were no labels.
      looks: Several looks at the image, whose features' mean counts, as `Look.from_text` takes them; none is
        the image itself.
      levels: Earlier layers of the backbone that the heads see beside its features, as `Level.from_text` takes them.
    Raises:
      UserError: If a value is not valid.
    """

    backbone: str
    aus: tuple[int, ...]
    view: str
    heads: tuple[str, ...]
    prediction_head: str
    uses_angles: bool = False
    image_size_px: int = 224
    crop_size_px: int = 240
    dropout: float = 0.5
    angle_units: int = 1024
    neck: str = "none"
    neck_units: int = 512
    framing: str = FRAMINGS[0]
    learnt: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    outputs: tuple[int, ...] = ()
    intensities: str = KINDS[0]
    intensities_learnt: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    looks: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [au for au in self.aus + self.outputs if not is_action_unit(au)]
        if unknown or not self.aus:
            raise UserError(f"a model predicts some AUs of FACS, got {unknown or 'none'}")
        if self.view not in VIEWS:
            raise UserError(f"view {self.view!r} must be one of {', '.join(VIEWS)}")
        if self.framing not in FRAMINGS:
            raise UserError(f"framing {self.framing!r} must be one of {', '.join(FRAMINGS)}")
        bad = [head for head in self.heads if not _HEAD_NAME.fullmatch(head)]
        if bad:
            raise UserError(f"head name {bad[0]!r} has to be letters, digits, '_' and '-' only")
        if self.prediction_head not in self.heads or len(set(self.heads)) != len(self.heads):
            raise UserError(
                f"prediction head {self.prediction_head!r} must be one of the distinct heads: {', '.join(self.heads)}"
            )
        self._check_learnt()
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout is a rate in [0, 1), got {self.dropout}")
        if self.neck not in NECKS:
            raise UserError(f"neck {self.neck!r} must be one of {', '.join(NECKS)}")
        if self.neck_units < 1:
            raise UserError(f"neck_units is at least 1, got {self.neck_units}")
        if not 32 <= self.image_size_px <= self.crop_size_px:
            raise UserError(
                f"image_size_px lies between 32 and the crop's side {self.crop_size_px}, got {self.image_size_px}"
            )
        self._check_looks()
        self._check_levels()

    @property
    def output_aus(self) -> tuple[int, ...]:
        """The AUs of every head's columns."""
        return self.outputs or self.aus

    def has_learnt(self, head: str, au: int) -> bool:
        """Returns whether a head has learnt an AU."""
        return au in self.learnt.get(head, self.aus)

    @property
    def deciding_heads(self) -> tuple[str, ...]:
        """The head that predicts each AU: the prediction head if it has learnt it, else the first that has."""
        trusted = dict.fromkeys((self.prediction_head, *self.heads))
        return tuple(next(head for head in trusted if self.has_learnt(head, au)) for au in self.aus)

    @property
    def intensity_aus(self) -> tuple[int, ...]:
        """The AUs whose intensity it predicts."""
        learnt = {au for own in self.intensities_learnt.values() for au in own}
        return tuple(au for au in self.aus if au in learnt)

    @property
    def intensity_heads(self) -> tuple[str, ...]:
        """The head that predicts each intensity, chosen as `deciding_heads` are."""
        trusted = dict.fromkeys((self.prediction_head, *self.heads))
        return tuple(
            next(head for head in trusted if au in self.intensities_learnt.get(head, ()))
            for au in self.intensity_aus
        )

    def _check_learnt(self) -> None:
        if self.intensities not in KINDS:
            raise UserError(f"intensities {self.intensities!r} must be one of {', '.join(KINDS)}")
        if unknown := [head for head in (*self.learnt, *self.intensities_learnt) if head not in self.heads]:
            raise UserError(f"head {unknown[0]!r} has learnt AUs but must be one of {', '.join(self.heads)}")
        taught = {au for head in self.heads for au in self.learnt.get(head, self.aus)}
        if missing := [au for au in self.aus if au not in taught or au not in self.output_aus]:
            raise UserError(f"no head has learnt {au_name(missing[0])}")

    def _check_looks(self) -> None:
        looks = [Look.from_text(text) for text in self.looks]
        if len(looks) > MOST_LOOKS:
            raise UserError(f"a network looks at an image at most {MOST_LOOKS} times, got {len(looks)} looks")
        if not any(look.is_mirrored for look in looks):
            return
        if self.uses_angles:
            raise UserError(
                "a network that uses head angles cannot look at mirror images; leave such looks out"
            )
        if of_a_side := [au for au in self.output_aus if flip_partner(au) != au]:
            raise UserError(
                f"in a mirrored look {au_name(of_a_side[0])} would be on the other side; leave such looks out for AUs "
                "of one side"
            )

    def _check_levels(self) -> None:
        if len({Level.from_text(text).layer for text in self.levels}) != len(self.levels):
            raise UserError(f"each layer can be a level once, got {', '.join(self.levels)}")
        if self.levels and (len(split_backbones(self.backbone)) > 1 or self.neck != NECKS[0]):
            raise UserError(
                f"levels are of a network with one backbone and without a neck, got {self.backbone} and {self.neck}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Returns the configuration as JSON can hold it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> ModelConfig:
        """Returns the configuration that `to_dict` wrote, also before there were all of the fields with defaults.

        Raises:
          UserError: If a field without a default is missing, or a key is unknown.
          ValueError: If a value is of another type than its field.
        """
        fields = {one.name: one for one in dataclasses.fields(cls)}
        missing = dataclasses.MISSING
        needed = {
            name for name, one in fields.items() if one.default is missing and one.default_factory is missing
        }
        if not isinstance(content, Mapping) or not needed <= set(content) <= set(fields):
            raise UserError(
                f"a model's configuration has the keys {sorted(needed)}, and may have "
                f"{sorted(set(fields) - needed)}; got {list(content)!r}"
            )
        check_field_types(cls, content)
        names = ("aus", "heads", "outputs", "looks", "levels")
        tuples = {name: tuple(content[name]) for name in names if name in content}
        learnt = {
            name: {head: tuple(aus) for head, aus in content.get(name, {}).items()}
            for name in ("learnt", "intensities_learnt")
        }
        return cls(**{**content, **tuples, **learnt})
