"""The frame of the report's page: parts, each a heading with tables and figures, in one file that loads nothing."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from emotionet_tf.experiments.report.tables import Table, html_of, markdown_of


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
    """Parts that are shown on demand.

    Attributes:
      title: What is within.
      content: Tables and pictures.
      in_short: What stands for it, as Markdown, where it is left out.
    """

    title: str
    content: tuple[Table | Picture, ...]
    in_short: str = ""


@dataclass(frozen=True)
class Part:
    """A heading with what is below it."""

    key: str
    title: str
    content: tuple[Table | Picture | Folded, ...]
    text: str = ""


@dataclass(frozen=True)
class Page:
    """The report.

    Attributes:
      title: Its heading.
      warning: Which data the scores are from.
      notices: What else has to be known first.
      parts: In order.
    """

    title: str
    warning: str
    notices: tuple[str, ...] = ()
    parts: tuple[Part, ...] = field(default_factory=tuple)

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
        for part in self.parts:
            for one in part.content:
                found += one.content if isinstance(one, Folded) else [one]
        return found


def html_page(page: Page) -> str:
    """Returns the page as one HTML document."""
    links = " ".join(f'<a href="#{escape(part.key)}">{escape(part.title)}</a>' for part in page.parts)
    notices = "".join(f"<p>{escape(notice)}</p>" for notice in page.notices)
    parts = "\n".join(_html_part(part) for part in page.parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(page.title)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f"<h1>{escape(page.title)}</h1>\n"
        f'<div class="warning"><strong>{escape(page.warning)}</strong>{notices}</div>\n'
        f"<nav>{links}</nav>\n{parts}\n</main></body></html>\n"
    )


def markdown_page(page: Page, *, folded: bool) -> str:
    """Returns the page as Markdown with links to the figures' files; with what the page folds, or that in short."""
    blocks = [f"# {page.title}", f"> **{page.warning}**", *(f"> {notice}" for notice in page.notices)]
    for part in page.parts:
        blocks += [f"## {part.title}", part.text]
        for one in part.content:
            if isinstance(one, Folded):
                blocks += [_markdown_block(inner) for inner in one.content] if folded else [one.in_short]
            else:
                blocks.append(_markdown_block(one))
    return "\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def _markdown_block(one: Table | Picture) -> str:
    if isinstance(one, Table):
        return markdown_of(one)
    caption = f"\n\n{one.caption}" if one.caption else ""
    return f"### {one.title}\n\n![{one.alternative}]({one.name}.png){caption}"


def _html_part(part: Part) -> str:
    text = f"<p>{escape(part.text)}</p>" if part.text else ""
    content = "\n".join(_html_block(one) for one in part.content)
    return f'<section id="{escape(part.key)}"><h2>{escape(part.title)}</h2>{text}\n{content}</section>'


def _html_block(one: Table | Picture | Folded) -> str:
    if isinstance(one, Folded):
        inner: Sequence[str] = [_html_block(inner) for inner in one.content]
        return f"<details><summary>{escape(one.title)}</summary>\n{chr(10).join(inner)}</details>"
    if isinstance(one, Table):
        return html_of(one)
    data = base64.b64encode(one.png).decode("ascii")
    caption = f"<p>{escape(one.caption)}</p>" if one.caption else ""
    return (
        f'<figure id="figure-{escape(one.name)}"><figcaption><h3>{escape(one.title)}</h3>{caption}</figcaption>'
        f'<img alt="{escape(one.alternative)}" src="data:image/png;base64,{data}"></figure>'
    )


_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1d232a; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans",
  "DejaVu Sans", Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .2rem 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .6rem; padding-top: .7rem; border-top: 1px solid #c9d0d6; }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .3rem; }
p { max-width: 52rem; margin: .3rem 0 .6rem; }
h3 + p, figcaption p { color: #46515c; font-size: .9rem; }
.warning { border: 3px solid #b23c00; background: #fff3e8; padding: .9rem 1.1rem; margin: 1rem 0; }
.warning strong { display: block; font-size: 1.15rem; color: #8a2f00; }
.warning p { margin: .35rem 0 0; max-width: none; }
nav { font-size: .9rem; margin: 1rem 0; }
nav a { color: #0b5a99; margin-right: 1.1rem; white-space: nowrap; }
table { border-collapse: separate; border-spacing: 0; font-size: .84rem; line-height: 1.35; }
th, td { padding: .3rem .55rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e6eaed; }
thead { position: sticky; top: 0; z-index: 1; }
thead th { background: #edf1f4; border-bottom: 1px solid #aab4bd; vertical-align: bottom; }
thead th.group { text-align: center; border-left: 2px solid #fff; }
tr.section th { background: #f7f9fa; padding-top: .7rem; }
tr.section span { display: block; font-weight: normal; max-width: 52rem; color: #46515c; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
td.number b { font-weight: 600; }
td small { display: block; color: #5b6670; font-size: .9em; white-space: normal; min-width: 11.8em; }
td.missing { color: #6b7680; font-style: italic; }
.verdict { font-weight: 600; min-width: 5.5rem; }
.verdict.holds { color: #00664b; } .verdict.fails { color: #a33600; } .verdict.open { color: #4a5560; }
td code { font: .9em/1.4 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; }
td code span { display: inline-block; max-width: 100%; }
figure { margin: 1.4rem 0; } figure img { width: 100%; max-width: 1100px; height: auto; display: block; }
details { margin: 1rem 0; } summary { cursor: pointer; color: #0b5a99; }
@media (max-width: 1100px) { .scroll { overflow: auto; max-height: 90vh; } }
@page { margin: 14mm 12mm; }
@media print {
  body { font-size: 10pt; } main { max-width: none; padding: 0; } nav { display: none; }
  .scroll { overflow: visible !important; max-height: none !important; } thead { position: static; }
  table { font-size: 7.5pt; } tr, figure { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .warning { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""
