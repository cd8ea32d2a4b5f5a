"""The report of made-up runs: complete, partial and empty."""

import base64
import csv
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_run import NUM_PHOTOS, make_fake_run
from markupsafe import escape

from emotionet_tf.errors import UserError
from emotionet_tf.experiments.report.csv_files import csv_of
from emotionet_tf.experiments.report.html import html_of
from emotionet_tf.experiments.report.markdown import markdown_of
from emotionet_tf.experiments.report.report_files import write_report
from emotionet_tf.experiments.report.run_facts import shell_command
from emotionet_tf.experiments.report.section_order import RENDERED_WARNING
from emotionet_tf.experiments.report.tables import Column, RowHeading, Table, table_of
from emotionet_tf.experiments.reproduction import reproduction_of, start
from emotionet_tf.experiments.runner.nodes import Node
from emotionet_tf.experiments.scores.bootstrap import Interval
from emotionet_tf.experiments.werner2020.lineage import FUSIONS, TABLE_1

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")
_VOID = {"meta", "img", "br", "link"}


class PageParser(HTMLParser):
    """Collects tables as rows of cell counts, pictures, addresses and the text."""

    def __init__(self, text: str):
        super().__init__()
        self.tables: list[list[int]] = []
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        self.addresses += [values[name] or "" for name in ("src", "href", "srcset", "data") if name in values]
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += int(values.get("colspan") or 1)
        elif tag == "img":
            self.images.append(values)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_page(path: Path) -> PageParser:
    text = path.read_text(encoding="utf-8")
    page = PageParser(text)
    assert not page.open
    assert page.tables and all(len(set(widths)) == 1 for widths in page.tables)
    for image in page.images:
        kind, data = (image["src"] or "").split(",", 1)
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
        assert image["alt"]
    # Nothing comes from elsewhere: addresses are the pictures themselves and places on the page.
    assert all(address.startswith(("data:image/png", "#")) for address in page.addresses)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://", text)
    return page


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    make_fake_run(root, num_seeds=2)
    write_report(root)
    return root / "report"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_page_of_a_whole_run_loads_nothing_and_its_tables_are_rectangular(whole):
    page = check_page(whole / "index.html")
    assert len(page.images) == len(list(whole.glob("*.png"))) == 9
    assert len(page.tables) == len(list(whole.glob("*.csv"))) == 19


def test_warning_stands_before_everything_else(whole):
    text = (whole / "index.html").read_text(encoding="utf-8")
    assert RENDERED_WARNING in text
    assert text.index(RENDERED_WARNING) < text.index("<table")
    assert RENDERED_WARNING in (whole / "report.md").read_text(encoding="utf-8")


def test_table_1_has_the_papers_rows_and_scores_with_ends_and_seeds(whole):
    rows = rows_of(whole / "table_1.csv")
    assert [row["published, on EmotioNet: opt-val"] for row in rows] == [
        str(one.published) for one in (*TABLE_1, *FUSIONS)
    ]
    by_name = {row["#"]: row for row in rows}
    # T.1 decides claims and is trained with both seeds, T.0 with one.
    assert by_name["T.1"]["ours, on this data: test (seeds)"] == "2"
    assert by_name["T.0"]["ours, on this data: test (seeds)"] == "1"
    values = [float(by_name["A.1"][f"ours, on this data: test{end}"]) for end in (" (low)", "", " (high)")]
    assert values == sorted(values)


def test_arrows_lead_from_teachers_to_students_and_theirs(whole):
    text = (whole / "index.html").read_text(encoding="utf-8")
    assert "<td>└→ EfficientNet-B0 student</td>" in text
    assert "<td>\u2003└→ EfficientNet-B0 student</td>" in text


def test_markdown_tables_have_as_many_cells_in_every_row(whole):
    text = (whole / "report.md").read_text(encoding="utf-8")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1
    for name in re.findall(r"\]\((.*?)\)", text):
        assert (whole / name).is_file()


def test_markdown_says_how_each_claim_is_judged_as_the_page_does(whole):
    text = (whole / "report.md").read_text(encoding="utf-8")
    page = (whole / "index.html").read_text(encoding="utf-8")
    listed = text.partition("### How each claim is judged")[2].partition("\n#")[0]
    judged = re.findall(r"^- \*\*.*?\*\*: (.+)$", listed, re.MULTILINE)
    assert len(judged) == len(re.findall(r'<tr class="heading">.*?<span>.+?</span>', page)) > 3
    assert all(str(escape(sentence)) in page for sentence in judged)


def test_commands_do_not_tell_where_the_run_lay(whole):
    rows = rows_of(whole / "commands.csv")
    assert not any(str(whole.parent) in row["command"] for row in rows)
    assert any("--output_dir=RUN/models/A.2/seed1/pose" in row["command"] for row in rows)
    assert {row["seconds"] for row in rows} == {"12", "not done"}


@pytest.mark.parametrize(
    "record", [{}, {"command": ["python", "--output_dir={run}/models", "--num_steps=5"]}]
)
def test_run_stands_for_the_folder_in_a_command_that_is_planned_or_was_done(record):
    node = Node(
        "a", "", "module", ("--flagfile={package}/configs/demo.flags", "--output_dir={run}/x"), (), ()
    )
    shown = "-m module --flagfile=emotionet_tf/configs/demo.flags --output_dir=RUN/x"
    expected = "--output_dir=RUN/models --num_steps=5" if record else shown
    assert shell_command(node, record, Path("demo")) == f"python {expected}"


def test_command_kept_with_the_texts_of_its_folders_reads_alike():
    # "demo" is the run's folder in one argument and a word in the other.
    arguments = ("--flagfile={package}/configs/demo.flags", "--output_dir={run}/out", "--scale=demo")
    node = Node("a", "", "module", arguments, (), (Path("{run}/out"),))
    record = {
        "command": list(node.placed("demo", "/their/emotionet_tf").command),
        "inputs": {},
        "outputs": {"demo/out": ""},
        "folders": {"run": "demo", "package": "/their/emotionet_tf"},
    }
    shown = "--flagfile=emotionet_tf/configs/demo.flags --output_dir=RUN/out --scale=demo"
    assert shell_command(node, record, Path("/now/run")) == f"python -m module {shown}"


def test_labels_table_counts_the_photos(whole):
    first = rows_of(whole / "labels.csv")[0]
    assert {name: first[f"{name}: present"] for name in NUM_PHOTOS} == {
        name: str(count) for name, count in NUM_PHOTOS.items()
    }


@pytest.mark.slow
def test_partial_run_says_what_was_not_run_and_how_much(tmp_path):
    make_fake_run(tmp_path, num_seeds=2, keys=frozenset({"T.1", "A.1"}))
    facts = write_report(tmp_path)
    check_page(tmp_path / "report" / "index.html")
    text = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert 0 < facts.num_missing < len(facts.nodes)
    assert f"{facts.num_missing} of {len(facts.nodes)} commands are not done" in text
    by_name = {row["#"]: row for row in rows_of(tmp_path / "report" / "table_1.csv") if row["#"]}
    assert by_name["B.3"]["ours, on this data: test"] == "not run"
    assert float(by_name["A.1"]["ours, on this data: test"]) > 0.5


def test_run_that_was_only_started_has_a_page(tmp_path):
    start(reproduction_of(tmp_path, paper="werner2020", scale="demo"))
    facts = write_report(tmp_path, tmp_path / "elsewhere")
    assert facts.num_missing == len(facts.nodes)
    check_page(tmp_path / "elsewhere" / "index.html")
    assert (tmp_path / "elsewhere" / "report.md").is_file()


def test_report_on_own_records_names_them_instead_of_rendered_faces(tmp_path):
    records = tmp_path / "own <records>"
    start(
        reproduction_of(
            tmp_path / "run", paper="werner2020", scale="paper", records_dir=records, must_exist=False
        )
    )
    write_report(tmp_path / "run")
    check_page(tmp_path / "run" / "report" / "index.html")
    text = (tmp_path / "run" / "report" / "index.html").read_text(encoding="utf-8")
    assert "own &lt;records&gt;. Only if these are EmotioNet" in text
    assert RENDERED_WARNING not in text


@pytest.mark.slow
def test_damaged_predictions_are_told_and_the_rest_is_shown(tmp_path):
    plan = make_fake_run(tmp_path, num_seeds=1, keys=frozenset({"T.0", "T.1"}))
    plan.layout.predictions("T.0", 0, "test").write_text("id,AU01\nx,<b>\n")
    write_report(tmp_path)
    check_page(tmp_path / "report" / "index.html")
    text = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "Cannot be used" in text and "&lt;b&gt;" in text and "<b>'" not in text


def test_folder_of_something_else_is_not_replaced(tmp_path):
    start(reproduction_of(tmp_path / "run", paper="werner2020", scale="demo"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("")
    with pytest.raises(UserError, match="is not a report"):
        write_report(tmp_path / "run", tmp_path / "mine")


def test_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(UserError, match="holds no reproduction"):
        write_report(tmp_path)


TABLE = table_of(
    "t",
    "a < b",
    (Column("row", lambda row: row[0]), Column("gain", lambda row: row[1], "difference", "ours")),
    (
        RowHeading("<rows>"),
        ("x|y", Interval(-0.0125, -0.02, 0.005, 3, 40, 0.01, 0.01)),
        ("z", None),
        ("w", "not run"),
    ),
)


def test_table_is_escaped_in_html():
    text = html_of(TABLE)
    assert "a &lt; b" in text and "&lt;rows&gt;" in text
    assert "<b>\u22120.0125</b><small>\u22120.020 … +0.005, 3 seeds</small>" in text


def test_missing_jinja2_is_told_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(UserError, match=r"needs jinja2: pip install 'emotionet_tf\[charts\]'"):
        html_of(TABLE)


def test_interval_becomes_four_columns_of_csv():
    assert csv_of(TABLE).splitlines() == [
        "row,ours: gain,ours: gain (low),ours: gain (high),ours: gain (seeds)",
        "x|y,-0.012500,-0.020000,0.005000,3",
        "z,,,,",
        "w,not run,,,",
    ]


def test_markdown_escapes_markup():
    columns = (Column("name", str), Column("command", str, kind="code"))
    table = Table("t", "T", columns, (("<b>x</b>", "run --name=`<b>`|*"),))
    assert markdown_of(table).splitlines()[-1] == "| &lt;b&gt;x&lt;/b&gt; | `run --name='<b>'\\|*` |"


def test_markdown_escapes_bars():
    assert "| x\\|y | \u22120.0125 (\u22120.020 … +0.005; 3 seeds) |" in markdown_of(TABLE)


def test_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match="1 values for 2 columns"):
        Table("t", "t", (Column("a", str), Column("b", str)), (("x",),))


def find_browser() -> str | None:
    named = os.environ.get("EMOTIONET_TF_BROWSER")
    return named or next((found for name in _BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def single_seed(tmp_path_factory) -> Path:
    # Nothing tells the spread between seeds: the notes below the scores are at their longest.
    root = tmp_path_factory.mktemp("single")
    make_fake_run(root, num_seeds=1, keys=frozenset({"T.0", "T.1"}))
    write_report(root)
    return root / "report"


@pytest.mark.slow
@pytest.mark.skipif(find_browser() is None, reason="no browser: install chromium or set EMOTIONET_TF_BROWSER")
@pytest.mark.parametrize("run", ["whole", "single_seed"])
def test_browser_shows_every_picture_and_no_table_wider_than_the_window(run, request, tmp_path):
    # The page itself has no script; this copy's counts what the browser made of it, with all that is folded open.
    report = request.getfixturevalue(run)
    probe = """<script>
      addEventListener('load', () => {
        document.querySelectorAll('details').forEach(one => one.open = true);
        const missing = [...document.images].filter(image => !image.naturalWidth).length;
        const overhang = document.documentElement.scrollWidth - innerWidth;
        document.body.setAttribute('data-probe', [document.images.length, missing, overhang].join(' '));
      });</script></body>"""
    copy = tmp_path / "probe.html"
    text = (report / "index.html").read_text(encoding="utf-8")
    copy.write_text(text.replace("</body>", probe), encoding="utf-8")
    command = [str(find_browser()), "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,800"]
    result = subprocess.run(
        [*command, "--dump-dom", copy.as_uri()], capture_output=True, text=True, timeout=120
    )
    found = re.search(r'data-probe="(\d+) (\d+) (-?\d+)"', result.stdout)
    assert found, result.stderr
    num_images, num_missing, overhang = map(int, found.groups())
    assert (num_images, num_missing) == (len(list(report.glob("*.png"))), 0)
    assert overhang <= 0
