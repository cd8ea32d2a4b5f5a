"""Tables that are written as HTML, Markdown and CSV from one content."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Literal

from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.verdicts import FAILS, HOLDS, NOT_RUN, OPEN

Value = str | int | float | Interval | None
"""What a cell holds: None shows as a dash; a text in a column of numbers says why there is none."""

Kind = Literal["text", "code", "verdict", "count", "hours", "score", "difference"]

_DASH = "—"
_MINUS = "\u2212"
_VERDICT_CLASSES = {HOLDS: "holds", FAILS: "fails", OPEN: "open", NOT_RUN: "missing"}
_VERDICT_SIGNS = {HOLDS: "✓ ", FAILS: "✗ ", OPEN: "? "}


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
      title: Its heading.
      kind: How its values are written: "score" as 0.7641, "difference" with its sign; an interval with its ends.
      group: The heading above it, shared by the columns beside each other that have it.
    """

    title: str
    kind: Kind = "text"
    group: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether its values stand on the right."""
        return self.kind in ("count", "hours", "score", "difference")


@dataclass(frozen=True)
class Section:
    """A heading within a table, over the rows that follow; it is in no CSV."""

    title: str
    text: str = ""


Row = Sequence[Value] | Section


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
      name: Of its CSV file.
      title: Says what is seen.
      columns: Its columns.
      rows: Values in the columns' order, and sections.
      caption: What has to be known to read it.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if not isinstance(row, Section) and len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.name}: {len(row)} values for {len(self.columns)} columns: {row}"
                )


def html_of(table: Table) -> str:
    """Returns a table as HTML."""
    body = []
    for row in table.rows:
        if isinstance(row, Section):
            text = f"<span>{escape(row.text)}</span>" if row.text else ""
            body.append(
                f'<tr class="section"><th colspan="{len(table.columns)}">{escape(row.title)}{text}</th></tr>'
            )
        else:
            cells = [_html_cell(value, column) for value, column in zip(row, table.columns, strict=True)]
            body.append(f"<tr>{''.join(cells)}</tr>")
    caption = f"<p>{escape(table.caption)}</p>" if table.caption else ""
    return (
        f'<h3 id="{escape(table.name)}">{escape(table.title)}</h3>{caption}\n<div class="scroll"><table>\n'
        f"<thead>{_html_head(table.columns)}</thead>\n<tbody>\n"
        + "\n".join(body)
        + "\n</tbody></table></div>"
    )


def _html_head(columns: Sequence[Column]) -> str:
    rows = []
    if any(column.group for column in columns):
        groups = [
            (title, len(list(members))) for title, members in groupby(columns, lambda column: column.group)
        ]
        cells = [f'<th class="group" colspan="{width}">{escape(title)}</th>' for title, width in groups]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    cells = [
        f'<th scope="col"{_class("number" if c.is_numeric else "")}>{escape(c.title)}</th>' for c in columns
    ]
    rows.append(f"<tr>{''.join(cells)}</tr>")
    return "".join(rows)


def _html_cell(value: Value, column: Column) -> str:
    if isinstance(value, Interval):
        return (
            f'<td class="number"><b>{_number(value.estimate, column.kind)}</b>'
            f"<small>{_ends(value, column.kind)}, {_seeds(value)}</small></td>"
        )
    if isinstance(value, str) and column.kind == "verdict":
        sign = _VERDICT_SIGNS.get(value, "")
        return f'<td class="verdict {_VERDICT_CLASSES.get(value, "")}">{sign}{escape(value)}</td>'
    if isinstance(value, str) and column.kind == "code":
        # An argument is not broken where it fits into a line.
        arguments = " ".join(f"<span>{escape(part)}</span>" for part in value.split(" "))
        return f"<td><code>{arguments}</code></td>"
    text = escape(_plain(value, column.kind))
    if column.is_numeric:
        return f'<td class="number{" missing" if isinstance(value, str) else ""}">{text}</td>'
    return f"<td>{text}</td>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def markdown_of(table: Table) -> str:
    """Returns a table as Markdown, with its title and caption."""
    titles = [f"{column.group}: {column.title}" if column.group else column.title for column in table.columns]
    lines = [_markdown_row(titles), _markdown_row(["--:" if c.is_numeric else "---" for c in table.columns])]
    for row in table.rows:
        if isinstance(row, Section):
            lines.append(
                _markdown_row([f"**{_markdown_text(row.title)}**", *[""] * (len(table.columns) - 1)])
            )
        else:
            lines.append(
                _markdown_row([_markdown_cell(v, c) for v, c in zip(row, table.columns, strict=True)])
            )
    return (
        "\n\n".join(part for part in (f"### {table.title}", table.caption, "\n".join(lines)) if part) + "\n"
    )


def sections_as_markdown(table: Table) -> str:
    """Returns the headings within a table, with what they say, as a Markdown list."""
    return "\n".join(
        f"- **{_markdown_text(row.title)}**: {_markdown_text(row.text)}"
        for row in table.rows
        if isinstance(row, Section)
    )


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_cell(value: Value, column: Column) -> str:
    if isinstance(value, Interval):
        return f"{_number(value.estimate, column.kind)} ({_ends(value, column.kind)}; {_seeds(value)})"
    text = _markdown_text(_plain(value, column.kind))
    return f"`{text}`" if column.kind == "code" and text else text


def _markdown_text(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("\n", " ")


def csv_of(table: Table) -> str:
    """Returns a table as CSV; an interval becomes four columns: estimate, low, high and number of seeds."""
    rows = [row for row in table.rows if not isinstance(row, Section)]
    expanded = [any(isinstance(row[i], Interval) for row in rows) for i in range(len(table.columns))]
    header: list[str] = []
    for column, has_ends in zip(table.columns, expanded, strict=True):
        name = f"{column.group}: {column.title}" if column.group else column.title
        header += [name, f"{name} (low)", f"{name} (high)", f"{name} (seeds)"] if has_ends else [name]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        cells: list[str] = []
        for value, has_ends in zip(row, expanded, strict=True):
            cells += _csv_cells(value, has_ends)
        writer.writerow(cells)
    return text.getvalue()


def _csv_cells(value: Value, has_ends: bool) -> list[str]:
    if isinstance(value, Interval):
        return [
            *(f"{number:.6f}" for number in (value.estimate, value.low, value.high)),
            str(value.num_seeds),
        ]
    text = "" if value is None else value.strip() if isinstance(value, str) else str(value)
    return [text, "", "", ""] if has_ends else [text]


def _plain(value: Value, kind: Kind) -> str:
    if value is None:
        return _DASH
    if isinstance(value, str):
        return value
    assert not isinstance(value, Interval)
    if kind == "hours":
        return f"{value:.2f}"
    return f"{value:,.0f}" if kind == "count" else _number(value, kind)


def _number(value: float, kind: Kind) -> str:
    return f"{value:+.4f}".replace("-", _MINUS) if kind == "difference" else f"{value:.4f}"


def _ends(interval: Interval, kind: Kind) -> str:
    form = "+.3f" if kind == "difference" else ".3f"
    return f"{interval.low:{form}} … {interval.high:{form}}".replace("-", _MINUS)


def _seeds(interval: Interval) -> str:
    text = f"{interval.num_seeds} seed{'s' * (interval.num_seeds != 1)}"
    return text if interval.covers_seeds else f"{text}, whose chance is not covered"
