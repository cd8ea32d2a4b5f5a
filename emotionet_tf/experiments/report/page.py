"""What the report's page holds: sections, each a heading with tables and figures; `html` and `markdown` write it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotionet_tf.experiments.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 130


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Attributes:
      name: Of its PNG file.
      title: Says what is seen.
      alternative: The same for those who do not see it.
      png: The file's content.
      caption: What has to be known to read it.
    """

    name: str
    title: str
    alternative: str
    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Folded:
    """Tables and pictures that are shown on demand.

    Attributes:
      title: What is within.
      content: Tables and pictures.
      in_short: What stands for it, as Markdown, where it is left out.
    """

    title: str
    content: tuple[Table | Picture, ...]
    in_short: str = ""


Content = tuple[Table | Picture | Folded, ...]
"""What a section holds, in order."""


@dataclass(frozen=True)
class Section:
    """A heading with what is below it.

    Attributes:
      key: Its address on the page.
      title: Its heading.
      content: In order.
      text: A paragraph below the heading.
    """

    key: str
    title: str
    content: Content
    text: str = ""


@dataclass(frozen=True)
class Page:
    """The report.

    Attributes:
      title: Its heading.
      warning: Which data the scores are from.
      notices: What else has to be known first.
      sections: In order.
    """

    title: str
    warning: str
    notices: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    def __post_init__(self) -> None:
        for kind in (self.tables(), self.pictures()):
            names = [one.name for one in kind]
            if len(set(names)) < len(names):
                raise ValueError(f"several files would have one name: {sorted(names)}")

    def tables(self) -> list[Table]:
        """Returns all tables, the folded ones among them."""
        return [one for one in self._contents() if isinstance(one, Table)]

    def pictures(self) -> list[Picture]:
        """Returns all figures."""
        return [one for one in self._contents() if isinstance(one, Picture)]

    def _contents(self) -> list[Table | Picture]:
        found: list[Table | Picture] = []
        for section in self.sections:
            for one in section.content:
                found += one.content if isinstance(one, Folded) else [one]
        return found


def picture_of(figure: Figure, name: str, title: str, alternative: str, caption: str = "") -> Picture:
    """Returns a drawn figure with its texts, as `Picture` has them."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_DOTS_PER_INCH)
    return Picture(name, title, alternative, content.getvalue(), caption)
