"""Label lists that nobody foresaw: they give rows or one line, and every line is accounted for."""

import io
import re
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from file_mutations import OF_ONE_FILE
from fuzz_inputs import ODD_CELLS, damaged, file_of, read_or_refused, tables
from hypothesis import given
from hypothesis import strategies as st
from label_accounts import lost_lines, lost_rows, said
from small_label_folders import SMALL_SETS, read_set

from emotionet_tf.label_lists.reading import read_class_list, read_label_list
from emotionet_tf.label_lists.tables.text_rows import MAX_ABOVE_HEADER

EMOTIONET = "".join(
    f"http://somewhere.org/{number}.jpg\tN_{number:06d}.jpg\t" + "\t".join(["1", "0", "999"] * 20) + "\n"
    for number in range(4)
)
PLAIN = "path,person,AU01,AU02,AU12\na.jpg,p1,1,0,\nb.jpg,p1,0,1,1\nc/d.jpg,p2,,,0\na.jpg,p1,1,0,1\n"
INTENSITIES = "id;AU06;AU06_intensity;AU12\na;1;2,5;0\nb;0;0;1\nc;;;\n"
CLASSES = "path,class\na.jpg,happy\nb.jpg,sad\nc.jpg,happy\n"
SETS = {name: make() for name, make in SMALL_SETS.items()}


def assert_accounted(labels, content: bytes) -> None:
    """Every filled line from the first row on is a row or rejected; above are a header and titles."""
    lines = re.split(r"\r\n|\r|\n", content.decode("utf-8-sig", errors="replace"))
    filled = {number for number, line in enumerate(lines, start=1) if line.strip(" \t\r\n'\"\ufeff\xa0,;")}
    told = [row.line for row in labels.rows] + [row.line for row in labels.rejected]
    assert len(told) == len(set(told))
    first = min(told, default=len(lines) + 1)
    assert {number for number in filled if number >= first} <= set(told)
    assert sum(number < first for number in filled) <= MAX_ABOVE_HEADER + 2


@pytest.mark.parametrize("read", [read_label_list, read_class_list])
@given(content=tables(EMOTIONET, PLAIN, INTENSITIES, CLASSES))
def test_list_gives_rows_or_one_line_and_accounts_for_every_line(read, content):
    with file_of(content, "labels.csv") as path:
        labels = read_or_refused(lambda: read(path))
    is_text = not content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if labels is not None and is_text and b'"' not in content:
        assert_accounted(labels, content)


@pytest.mark.parametrize("name", list(SETS))
@given(data=st.data())
def test_dataset_gives_rows_or_one_line_and_loses_nothing(name, data):
    small = SETS[name]
    files = dict(small.files)
    changed = data.draw(st.sampled_from(sorted(files)))
    mutations = data.draw(st.lists(st.sampled_from(OF_ONE_FILE), min_size=1, max_size=2))
    for mutation in mutations:
        files[changed] = mutation(files[changed], data.draw(st.randoms(use_true_random=False)))
    with tempfile.TemporaryDirectory() as folder:
        labels = read_or_refused(lambda: read_set(Path(folder), small, files))
        if labels is None:
            return
        text = said(labels, Path(folder))
    assert not lost_rows(small, labels, text), text
    if small.lines_are_rows:
        assert not lost_lines(small, files, labels, text), text


CELLS = st.one_of(ODD_CELLS, st.integers(-2, 1000), st.floats(), st.booleans(), st.none(), st.dates())


@given(
    rows=st.lists(st.lists(CELLS, max_size=5), max_size=5),
    header=st.lists(st.sampled_from(["path", "id", "AU01", "AU12", "class", ""]) | CELLS, max_size=5),
    damage=st.booleans(),
    data=st.data(),
)
def test_workbook_gives_rows_or_one_line_and_accounts_for_every_row(rows, header, damage, data):
    workbook = openpyxl.Workbook()
    for row in [["path", "AU01", "AU12"] if damage else header, *rows]:
        workbook.active.append([_storable(cell) for cell in row])
    content = io.BytesIO()
    workbook.save(content)
    packed = data.draw(_damaged_workbook(content.getvalue())) if damage else content.getvalue()
    with file_of(packed, "labels.xlsx") as path:
        labels = read_or_refused(lambda: read_label_list(path))
    if labels is not None and not damage:
        told = {row.line for row in labels.rows} | {row.line for row in labels.rejected}
        stored = list(openpyxl.load_workbook(io.BytesIO(packed)).active.iter_rows(values_only=True))
        filled = [
            number
            for number, row in enumerate(stored, start=1)
            if any(str("" if cell is None else cell).strip(" \t\r\n'\"\ufeff\xa0") for cell in row)
        ]
        assert {number for number in filled if number >= min(told, default=1 << 20)} <= told


def _storable(cell):
    """A text without the characters that a workbook cannot hold."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]", "", cell) if isinstance(cell, str) else cell


@st.composite
def _damaged_workbook(draw, content: bytes) -> bytes:
    """A workbook with damaged bytes, or with a damaged file in a whole archive."""
    if draw(st.booleans()):
        return draw(damaged(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(files)))
    files[name] = draw(damaged(files[name]))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, one in files.items():
            archive.writestr(name, one)
    return packed.getvalue()
