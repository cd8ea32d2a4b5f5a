"""How a table's values are written for people, in HTML and in Markdown alike."""

from __future__ import annotations

from emotionet_tf.experiments.report.tables import Kind, Value
from emotionet_tf.experiments.scores.bootstrap import Interval

_DASH = "—"
_MINUS = "\u2212"


def text_of(value: Value, kind: Kind) -> str:
    """Returns a value that is not an interval as text."""
    if value is None:
        return _DASH
    if isinstance(value, str):
        return value
    assert not isinstance(value, Interval)
    if kind == "hours":
        return f"{value:.2f}"
    return f"{value:,.0f}" if kind == "count" else number_text(value, kind)


def number_text(value: float, kind: Kind) -> str:
    """Returns a score, or a difference with its sign, to four places."""
    return f"{value:+.4f}".replace("-", _MINUS) if kind == "difference" else f"{value:.4f}"


def ends_text(interval: Interval, kind: Kind) -> str:
    """Returns an interval's ends."""
    form = "+.3f" if kind == "difference" else ".3f"
    return f"{interval.low:{form}} … {interval.high:{form}}".replace("-", _MINUS)


def seeds_text(interval: Interval) -> str:
    """Returns how many seeds an interval's estimate is of."""
    text = f"{interval.num_seeds} seed{'s' * (interval.num_seeds != 1)}"
    return text if interval.covers_seeds else f"{text}, whose chance is not covered"
