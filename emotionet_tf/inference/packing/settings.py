"""The settings of packing a model, apart from what imports TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass

from emotionet_tf.action_units import parse_au
from emotionet_tf.errors import UserError
from emotionet_tf.models.looks.look import Look
from emotionet_tf.settings import check_settings, setting


def _parse_aus(entries: Sequence[str]) -> tuple[int, ...]:
    """Returns AUs in the order given; raises UserError for a text that is no AU."""
    try:
        return tuple(map(parse_au, entries))
    except ValueError as error:
        raise UserError(f"--aus: {error}") from error


@dataclass(frozen=True, kw_only=True)
class PackConfig:
    """How a trained model is packed.

    Raises:
      UserError: If a value is not valid.
    """

    model_dir: str = setting(MISSING, "The trained model's folder.")
    output_dir: str = setting(MISSING, "Folder of the packed model; one that was packed before is replaced.")
    which: str | None = setting(
        None, "Model of the folder. Default: best, else last.", choices=("best", "last")
    )
    heads: tuple[str, ...] = setting(
        (),
        "A head whose logits are averaged, HEAD, or HEAD:AU,AU for some AUs only; repeat for more. Default: those "
        "that predict, each for its AUs.",
        flag="head",
        is_repeated=True,
    )
    aus: tuple[int, ...] = setting(
        (), "AUs to keep. Default: those that the packed heads have learnt.", from_flag=_parse_aus
    )
    looks: tuple[str, ...] = setting(
        (),
        "A look at each image, SCALE, SCALE:BLUR or SCALE:BLUR:mirrored: above 1, the scale shows more and the face "
        "becomes smaller; a Gaussian blur in pixels of the network's image. Repeat for more; the mean of their logits "
        "counts, and each takes the time of one. Default: as the model looks, once at the image as it is.",
        flag="look",
        is_repeated=True,
    )
    neutral_records_dir: str | None = setting(
        None,
        "Records with labels: the faces on which no labelled AU is present, and hardly one is unknown, set the scores' "
        "0.5. Default: the scores stay as they are.",
    )
    neutral_share: float = setting(
        0.02,
        "Share of those faces on which an AU may be declared present; our choice.",
        above=0,
        below=1,
    )
    own_shares: tuple[str, ...] = setting(
        (),
        "Another share for one AU, AU:SHARE; repeat for more.",
        flag="neutral_share_of",
        is_repeated=True,
    )
    neutral_copies: int = setting(
        0,
        "Varied copies of each of those faces that count as well, for photos of less quality: grey, soft, cut off, "
        "misplaced as by inexact landmarks, unevenly lit or grainy.",
        at_least=0,
    )
    kernel_bits: int = setting(
        11,
        "Significant bits of the kernels' numbers, which are float16: fewer make a smaller file. At 8, the "
        "networks that come with the package take a sixth less, and their AUCs change by .001 at most.",
        at_least=1,
        at_most=11,
    )
    provenance: str | None = setting(
        None, "JSON file that says what the model was made from; it goes into the packed folder."
    )

    def __post_init__(self) -> None:
        check_settings(self)
        self.asked_heads()
        self._shares_of_aus()
        for look in self.looks:
            Look.from_text(look)

    def share_of(self, au: int) -> float:
        """Returns the share of neutral faces on which an AU may be declared."""
        return self._shares_of_aus().get(au, self.neutral_share)

    def _shares_of_aus(self) -> dict[int, float]:
        shares = {}
        for text in self.own_shares:
            au, _, share = text.partition(":")
            try:
                number = parse_au(au)
                shares[number] = float(share)
                is_share = 0 < shares[number] < 1
            except ValueError:
                is_share = False
            if not is_share:
                raise UserError(
                    f"neutral_share_of must be AU:SHARE with a share between 0 and 1, got {text!r}"
                )
        return shares

    def asked_heads(self) -> dict[str, tuple[int, ...] | None] | None:
        """Returns the heads as `models.packing.pack_model` takes them; raises UserError if one cannot be read."""
        asked: dict[str, tuple[int, ...] | None] = {}
        for text in self.heads:
            head, colon, aus = text.partition(":")
            try:
                asked[head] = tuple(map(parse_au, aus.split(","))) if colon else None
            except ValueError as error:
                raise UserError(f"head must be HEAD or HEAD:AU,AU, got {text!r}: {error}") from error
            if not head:
                raise UserError(f"head must be HEAD or HEAD:AU,AU, got {text!r}")
        return asked or None
