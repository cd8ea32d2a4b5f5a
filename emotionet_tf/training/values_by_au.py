"""AUs and numbers by AU, as the flags --aus, --au_weights and --selective_target of `train` write them."""

from __future__ import annotations

from collections.abc import Sequence

from emotionet_tf.action_units import parse_au, table_order
from emotionet_tf.errors import UserError


def parse_au_weights(entries: Sequence[str]) -> dict[int, float]:
    """Returns lambda by AU number from "AU=weight" entries; raises UserError for anything else."""
    return _parse_by_au(entries, "--au_weights takes AU=weight, such as 1=1.5")


def parse_selective_target(entries: Sequence[str], aus: Sequence[int]) -> dict[int, float] | None:
    """Returns target shares by AU number, None without an entry.

    Args:
      entries: "share" for all AUs, "AU=share", which goes before it, or both.
      aus: All AUs.
    Raises:
      UserError: For anything else.
    """
    form = "--selective_target takes a share for all AUs, such as 0.5, or AU=share, such as 1=0.3"
    for_all = [entry for entry in entries if "=" not in entry]
    if len(for_all) > 1:
        raise UserError(f"{form}, got two for all: {', '.join(for_all)}")
    shares = {au: _number(share, share, form) for share in for_all for au in aus}
    return {**shares, **_parse_by_au([entry for entry in entries if "=" in entry], form)} or None


def parse_aus(entries: Sequence[str], flag: str = "aus") -> tuple[int, ...]:
    """Returns AUs in table order; raises UserError for a text that is no AU, or one that comes twice.

    Args:
      entries: The texts.
      flag: The name of the flag that has them, for errors.
    """
    try:
        aus = [parse_au(entry) for entry in entries]
    except ValueError as error:
        raise UserError(f"--{flag}: {error}") from error
    if len(set(aus)) < len(aus):
        raise UserError(f"--{flag} names an AU twice: {', '.join(entries)}")
    return table_order(aus)


def _parse_by_au(entries: Sequence[str], form: str) -> dict[int, float]:
    values = {}
    for entry in entries:
        au, _, value = entry.partition("=")
        try:
            values[parse_au(au)] = _number(value, entry, form)
        except ValueError as error:
            raise UserError(f"{form}, got {entry!r}: {error}") from error
    return values


def _number(text: str, entry: str, form: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UserError(f"{form}, got {entry!r}") from error
