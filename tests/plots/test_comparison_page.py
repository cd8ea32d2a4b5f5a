import re

import pytest
from comparison_inputs import label_list, label_row, tool_row, tool_table

from emotionet_tf.errors import UserError
from emotionet_tf.inference.comparison.comparison import NamedTable, compare
from emotionet_tf.inference.comparison.row_matching import MatchRules, match_rows
from emotionet_tf.plots.comparison_page import check_comparison_page, plot_comparison, write_comparison_page


@pytest.fixture
def comparison():
    labels = label_list([label_row(name, {12: one}) for name, one in zip("abcd", (1, 1, 0, 0), strict=True)])
    tables = []
    for name, decisions in (("<ours>", (1, 1, 0, 0)), ("theirs", (1, 0, 1, 0))):
        rows = [tool_row([one], picture=picture) for picture, one in zip("abcd", decisions, strict=True)]
        table = tool_table(rows)
        tables.append(NamedTable(name, table, match_rows(labels.rows, table, name, MatchRules())))
    return compare(labels, tables, (list("ppqq"), "by hand"), num_draws=100)


def test_page_has_the_tables_escapes_names_and_loads_nothing(comparison, tmp_path):
    write_comparison_page(tmp_path / "page.html", comparison)
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;ours&gt;" in html and "<ours>" not in html
    assert set(re.findall(r'(?:src|href)="([^"]{0,22})', html)) == {"data:image/png;base64,"}
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    # Theirs: 1 TP, 1 FP, 1 FN of the four common rows.
    start = cells.index("theirs")
    assert cells[start + 1 : start + 4] == ["4", "2", "0.500"]


def test_figure_has_a_point_for_each_table_and_au(comparison):
    axes = plot_comparison(comparison)
    points = [list(container.lines[0].get_ydata()) for container in axes.containers]
    assert points == [[1, 1], [0.5, 0.5]]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["AU12", "mean"]


def test_page_of_another_ending_is_refused():
    with pytest.raises(UserError, match=r"--report=page.txt must end in .html"):
        check_comparison_page("page.txt")
