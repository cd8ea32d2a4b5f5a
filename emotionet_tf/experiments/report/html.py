"""The report as one HTML document that loads nothing, from the templates beside this module."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.report.cell_texts import ends_text, number_text, seeds_text, text_of
from emotionet_tf.experiments.report.page import Page
from emotionet_tf.experiments.report.tables import Column, Table
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.scores.verdicts import FAILS, HOLDS, NOT_RUN, OPEN

if TYPE_CHECKING:
    from jinja2 import Environment

_VERDICT_CLASSES = {HOLDS: "holds", FAILS: "fails", OPEN: "open", NOT_RUN: "missing"}
_VERDICT_SIGNS = {HOLDS: "✓ ", FAILS: "✗ ", OPEN: "? "}


def html_page(page: Page) -> str:
    """Returns the page as one HTML document; raises UserError if jinja2 is not installed."""
    return _environment().get_template("page.html").render(page=page)


def html_of(table: Table) -> str:
    """Returns a table as HTML; raises UserError if jinja2 is not installed."""
    return _environment().get_template("table.html").render(table=table)


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise UserError("the report needs jinja2: pip install 'emotionet_tf[charts]'") from error
    environment = Environment(
        loader=PackageLoader("emotionet_tf.experiments.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        base64=lambda content: base64.b64encode(content).decode("ascii"),
        text=text_of,
        number=number_text,
        ends=ends_text,
        seeds=seeds_text,
        column_groups=_column_groups,
        verdict_class=lambda verdict: _VERDICT_CLASSES.get(verdict, ""),
        verdict_sign=lambda verdict: _VERDICT_SIGNS.get(verdict, ""),
    )
    environment.tests["interval"] = lambda value: isinstance(value, Interval)
    return environment


def _column_groups(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Returns the headings above the columns, each with the number of columns below it; none where all are empty."""
    groups = [(title, len(list(members))) for title, members in groupby(columns, lambda column: column.group)]
    return groups if any(title for title, _ in groups) else []
