"""The report as Markdown, its figures as links to their files."""

from __future__ import annotations

import html
from collections.abc import Sequence

from emotionet_tf.experiments.report.cell_texts import ends_text, number_text, seeds_text, text_of
from emotionet_tf.experiments.report.page import Folded, Page, Picture
from emotionet_tf.experiments.report.tables import Column, RowHeading, Table, Value
from emotionet_tf.experiments.scores.bootstrap import Interval


def markdown_page(page: Page, *, folded: bool) -> str:
    """Returns the page as Markdown with links to the figures' files; with what the page folds, or that in short."""
    blocks = [f"# {page.title}", f"> **{page.warning}**", *(f"> {notice}" for notice in page.notices)]
    for section in page.sections:
        blocks += [f"## {section.title}", section.text]
        for one in section.content:
            if isinstance(one, Folded):
                blocks += [_block(inner) for inner in one.content] if folded else [one.in_short]
            else:
                blocks.append(_block(one))
    return "\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def _block(one: Table | Picture) -> str:
    if isinstance(one, Table):
        return markdown_of(one)
    caption = f"\n\n{one.caption}" if one.caption else ""
    return f"### {one.title}\n\n![{one.alternative}]({one.name}.png){caption}"


def markdown_of(table: Table) -> str:
    """Returns a table as Markdown, with its title and caption."""
    lines = [
        _row([column.full_title for column in table.columns]),
        _row(["--:" if column.is_numeric else "---" for column in table.columns]),
    ]
    for row in table.rows:
        if isinstance(row, RowHeading):
            lines.append(_row([f"**{_escaped(row.title)}**", *[""] * (len(table.columns) - 1)]))
        else:
            lines.append(_row([_cell(v, column) for v, column in zip(row, table.columns, strict=True)]))
    blocks = (f"### {table.title}", table.caption, "\n".join(lines))
    return "\n\n".join(block for block in blocks if block) + "\n"


def headings_as_list(table: Table) -> str:
    """Returns the headings within a table, with what they say, as a Markdown list."""
    return "\n".join(f"- **{_escaped(one.title)}**: {_escaped(one.text)}" for one in table.headings)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Value, column: Column) -> str:
    if isinstance(value, Interval):
        estimate, ends = number_text(value.estimate, column.kind), ends_text(value, column.kind)
        return f"{estimate} ({ends}; {seeds_text(value)})"
    text = text_of(value, column.kind)
    if column.kind == "code" and text:
        # Within backticks everything else is shown as it is.
        return "`{}`".format(text.replace("|", "\\|").replace("`", "'").replace("\n", " "))
    return _escaped(text)


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("|", "\\|").replace("*", "\\*").replace("\n", " ")
