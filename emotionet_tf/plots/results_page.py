"""One HTML page about a prediction: shares of each AU, the strongest examples, a video's AUs over time.

The page is one file, which loads nothing from elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
import pandas as pd

from emotionet_tf.action_units import au_name, aus_with_columns, describe
from emotionet_tf.errors import UserError
from emotionet_tf.plots.examples import Example
from emotionet_tf.plots.files import summary_of, timelines
from emotionet_tf.plots.page_templates import check_page, page_templates, png_text
from emotionet_tf.plots.shares import plot_shares
from emotionet_tf.storage.files import written_aside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_OF_FACES = (
    "Intervals take faces as independent: where persons have several photos, or a video several frames, they are "
    "too narrow."
)


def check_results_page(path: str, table_format: str | None) -> None:
    """Raises UserError unless the page can be written to a path, of a table with the columns of a format.

    Args:
      path: The file.
      table_format: Whose columns the table has; None for ours, which the page is made of.
    """
    if table_format is not None:
        raise UserError("--report is made of our own table; leave out --format")
    check_page(path)


def write_results_page(
    path: Path,
    table: pd.DataFrame,
    about: Mapping[str, Any],
    *,
    examples: Mapping[int, Sequence[Example]] | None = None,
    conditions: Mapping[str, str] | None = None,
) -> None:
    """Writes the page.

    Args:
      path: The file.
      table: Of photos or of videos, as `predict` writes it.
      about: What made the table's scores.
      examples: As `strongest_examples` returns them; None for videos.
      conditions: By the files' names; None takes all together.
    Raises:
      UserError: If matplotlib or jinja2 is not installed.
    """
    summary = summary_of(table, conditions)
    faces = int((table["found"] == 1).sum())
    is_video = "frame" in table
    what = "frames" if is_video else "photos"
    num_seen = len(table.drop_duplicates(["file", "frame"])) if is_video else table["file"].nunique()
    page = {
        "title": f"Action Units in {num_seen} {what}",
        "summary": f"{faces} faces in {num_seen} {what}"
        + (f" of {', '.join(table['file'].unique()[:10])}." if is_video else "."),
        "about": about,
        "shares": png_text(cast("Figure", plot_shares(summary).figure)) if faces else "",
        "rows": [_row(row) for row in summary.to_dict("records")],
        "note": _OF_FACES,
        "timelines": [
            {"title": title, "png": png_text(figure)}
            for title, figure in (timelines(table) if is_video else ())
        ],
        "examples": _shown(examples or {}),
    }
    html = page_templates().get_template("results.html").render(page=page)
    with written_aside(path) as aside:
        aside.write_text(html, encoding="utf-8")


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    def of(middle: str, low: str, high: str) -> str:
        if pd.isna(row[middle]):
            return "-"
        bounds = "" if pd.isna(row[low]) else f" ({row[low]:.2f} to {row[high]:.2f})"
        return f"{row[middle]:.2f}{bounds}"

    (number,) = aus_with_columns([row["au"]])
    return {
        **row,
        "what": describe(number),
        "share": of("share_present", "share_low", "share_high"),
        "mean": of("mean_score", "mean_low", "mean_high"),
    }


def _shown(examples: Mapping[int, Sequence[Example]]) -> list[dict[str, Any]]:
    """Returns the examples as the template takes them."""
    return [
        {
            "title": f"{au_name(au)} {describe(au)}",
            "faces": [
                {
                    "jpeg": _jpeg(face.crop),
                    "heat": "" if face.heat is None else _jpeg(face.heat),
                    "score": f"{face.score:.2f}",
                    "file": face.file,
                }
                for face in faces
            ],
        }
        for au, faces in examples.items()
    ]


def _jpeg(pixels: np.ndarray) -> str:
    content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    return base64.b64encode(content).decode("ascii")
