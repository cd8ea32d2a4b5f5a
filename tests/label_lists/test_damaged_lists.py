"""Some 500 damaged lists: rows in = rows out + rejected, or one error that names the file; nothing else."""

import codecs
import io
import random
import time
import zipfile

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_urls import OpenUrlList
from emotionet_tf.label_lists.reading import read_class_list, read_label_list
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.rows import LabelRow
from emotionet_tf.label_lists.streaming import open_class_list, open_label_list

NUM_ROWS = 12
URL = "https://example.invalid/Images/N_0000000007/N_0000000007_{:05d}.jpg"
SEEDS = (1, 2)


def values(number, count):
    chance = random.Random(number)
    return [chance.choice(["0", "1", "999"]) for _ in range(count)]


def training_lines():
    return [
        "\t".join([URL.format(i), f"http://example.invalid/{i}.jpg", *values(i, 60)]) for i in range(NUM_ROWS)
    ]


def opt_lines():
    header = ",".join(["URL", "URL orig", *(f"'AU {au}'" for au in range(1, 61))])
    return [header, *(line.replace("\t", ",") for line in training_lines())]


def plain_lines():
    return ["id,path,AU01,AU12,note", *(f"p{i},a/{i}.jpg,{i % 2},,row {i}" for i in range(NUM_ROWS))]


def class_lines():
    return ["path;class;note", *(f"a/{i}.jpg;person {i % 3};row {i}" for i in range(NUM_ROWS))]


LISTS = {
    "training": (training_lines(), "\t"),
    "opt": (opt_lines(), ","),
    "plain": (plain_lines(), ","),
    "classes": (class_lines(), ";"),
}


def opened(path, name):
    return open_class_list(path) if name == "classes" else open_label_list(path)


def check_error(error, path):
    assert str(path) in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 1000


def read_all(path, name):
    """Rows and rejected of a list in the file's order, or None where it is refused as a whole.

    Everything that reads it must come to the same, within seconds.
    """
    start = time.monotonic()
    try:
        source = opened(path, name)
        rows = list(source)
    except UserError as error:
        check_error(error, path)
        rows = None
    try:
        labels = (read_class_list if name == "classes" else read_label_list)(path)
    except UserError as error:
        check_error(error, path)
        assert rows is None
    else:
        assert labels.num_rows == len(rows)
        assert labels.num_blank_lines == source.num_blank_lines
        assert len({row.example_id for row in labels.rows}) == len(labels.rows)
        assert list(map(key, source)) == list(map(key, rows))
    try:
        photos = list(OpenUrlList(path))
    except UserError as error:
        check_error(error, path)
    else:
        assert rows is None or [photo.line for photo in photos] == [row.line for row in rows]
    assert time.monotonic() - start < 20
    return rows


def key(row):
    if isinstance(row, RejectedRow):
        return row
    return row.line, row.example_id, row.photo, row.class_name, row.labels.tobytes(), row.mask.tobytes()


def num_rows_of(data, name):
    """Counts the lines of a list that have content, without its header; apart from the library's code."""
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    text = data.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    separator = LISTS[name][1]
    with_content = [
        line for line in text.split("\n") if line.replace(separator, "").strip(" \t'\"\ufeff\xa0")
    ]
    return len(with_content) - (name != "training")


def cells_changed(line, separator, column, change):
    cells = line.split(separator)
    cells[column % len(cells)] = change(cells[column % len(cells)])
    return separator.join(cells)


# Each changes one line; the others must be read as before.
LINE_HARMS = {
    "cut off": lambda line, sep, chance: line[: chance.randrange(1, len(line))],
    "cut off at a field": lambda line, sep, chance: line[: line.rindex(sep) + 1],
    "field missing": lambda line, sep, chance: line.partition(sep)[2],
    "field more": lambda line, sep, chance: line + sep + "1",
    "empty fields more": lambda line, sep, chance: line + sep * 3,
    "id empty": lambda line, sep, chance: sep + sep.join(line.split(sep)[1:]),
    "all fields empty": lambda line, sep, chance: sep * line.count(sep),
    "quote opened in the first field": lambda line, sep, chance: '"' + line,
    "quote opened in the last field": lambda line, sep, chance: cells_changed(
        line, sep, -1, lambda c: '"' + c
    ),
    "quote opened in some field": lambda line, sep, chance: cells_changed(
        line, sep, chance.randrange(60), lambda c: '"' + c
    ),
    "quote within a field": lambda line, sep, chance: cells_changed(
        line, sep, 0, lambda c: c[:2] + '"' + c[2:]
    ),
    "quote closed within a field": lambda line, sep, chance: cells_changed(
        line, sep, 0, lambda c: f'"{c[:3]}"{c}'
    ),
    "three quotes": lambda line, sep, chance: cells_changed(line, sep, 1, lambda c: '"""' + c),
    "quote alone": lambda line, sep, chance: '"',
    "quoted fields": lambda line, sep, chance: sep.join(f'"{cell}"' for cell in line.split(sep)),
    "value wrong": lambda line, sep, chance: cells_changed(line, sep, -1, lambda c: chance.choice("27x-")),
    "value of 200 kB": lambda line, sep, chance: cells_changed(line, sep, 2, lambda c: "9" * 200_000),
    "quoted field of 200 kB": lambda line, sep, chance: cells_changed(
        line, sep, 0, lambda c: f'"{"x" * 200_000}"'
    ),
    "line of 10 MB": lambda line, sep, chance: cells_changed(line, sep, 1, lambda c: "x" * 10_000_000),
    "quote, then 2 MB": lambda line, sep, chance: '"' + line + "x" * 2_000_000,
    "100,000 fields": lambda line, sep, chance: line + sep * 100_000 + "1",
    "wrong separators": lambda line, sep, chance: line.replace(sep, "|"),
    "blanks for separators": lambda line, sep, chance: line.replace(sep, " "),
    "upward path": lambda line, sep, chance: cells_changed(line, sep, 0, lambda c: "../../" + c),
    "URL that is broken": lambda line, sep, chance: cells_changed(
        line, sep, 0, lambda c: "http://[::1/" + c[-9:]
    ),
    "Unicode name": lambda line, sep, chance: cells_changed(
        line, sep, 0, lambda c: "\u4e2d/\u00e9\U0001f600.jpg"
    ),
    "half a surrogate": lambda line, sep, chance: cells_changed(line, sep, 0, lambda c: "\udcff" + c),
    "line separators within": lambda line, sep, chance: cells_changed(
        line, sep, 1, lambda c: "\x0b\x1c\u2028\x85"
    ),
    "random text": lambda line, sep, chance: "".join(chance.choices("\"',;\t ab01\\/:.", k=80)) + "a",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("harm", LINE_HARMS)
def test_damaged_line_costs_itself_only(tmp_path, name, harm):
    lines, separator = LISTS[name]
    path = tmp_path / f"list of {name}.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    before = {row.line: key(row) for row in read_all(path, name)}
    assert len(before) == NUM_ROWS
    for seed in SEEDS[:1] if "MB" in harm or "kB" in harm or "100," in harm else SEEDS:
        chance = random.Random(f"{harm} {seed}")
        at = chance.randrange(2, len(lines))
        changed = [*lines[:at], LINE_HARMS[harm](lines[at], separator, chance), *lines[at + 1 :]]
        data = "\n".join(changed).encode("utf-8", errors="surrogateescape")
        path.write_bytes(data)
        rows = read_all(path, name)
        assert len(rows) == num_rows_of(data, name)
        after = {row.line: key(row) for row in rows}
        for line in before.keys() - {at + 1}:
            assert after[line] == before[line]


def at_random_places(data, chance, num, piece):
    data = bytearray(data)
    for _ in range(num):
        place = chance.randrange(len(data))
        data[place : place + 1] = piece(chance)
    return bytes(data)


def text_changed(change):
    return lambda data, chance: change(data.decode(), chance).encode("utf-8", errors="replace")


# Each changes the file as a whole.
FILE_HARMS = {
    "cut off": lambda data, chance: data[: chance.randrange(1, len(data))],
    "cut off early": lambda data, chance: data[: chance.randrange(1, 60)],
    "beginning lost": lambda data, chance: data[chance.randrange(1, len(data) // 2) :],
    "header only": lambda data, chance: data.partition(b"\n")[0],
    "header lost": lambda data, chance: data.partition(b"\n")[2],
    "empty": lambda data, chance: b"",
    "blanks only": lambda data, chance: b" \n\t\n\n,,;\n",
    "UTF-8 mark": lambda data, chance: codecs.BOM_UTF8 + data,
    "UTF-8 marks within": lambda data, chance: (codecs.BOM_UTF8 + data + b"\n") * 2,
    "UTF-16": lambda data, chance: data.decode().encode("utf-16"),
    "UTF-16 big-endian": lambda data, chance: codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be"),
    "UTF-16 without a mark": lambda data, chance: data.decode().encode("utf-16-le"),
    "UTF-16 cut within a character": lambda data, chance: data.decode().encode("utf-16")[:-1],
    "UTF-16 with stray bytes": lambda data, chance: at_random_places(
        data.decode().encode("utf-16"), chance, 3, lambda chance: b"\xd8"
    ),
    "UTF-32": lambda data, chance: data.decode().encode("utf-32"),
    "CR LF": lambda data, chance: data.replace(b"\n", b"\r\n"),
    "CR": lambda data, chance: data.replace(b"\n", b"\r"),
    "line ends mixed": lambda data, chance: b"".join(
        line + chance.choice([b"\r", b"\n", b"\r\n", b"\n\n", b"\n\r"]) for line in data.split(b"\n")
    ),
    "zero byte": lambda data, chance: at_random_places(data, chance, 1, lambda chance: b"\0"),
    "zeros only": lambda data, chance: bytes(len(data)),
    "zeros at the end": lambda data, chance: data + bytes(512),
    "stray bytes": lambda data, chance: at_random_places(data, chance, 9, lambda chance: b"\xff"),
    "random bytes within": lambda data, chance: at_random_places(
        data, chance, 20, lambda chance: bytes([chance.randrange(1, 256)])
    ),
    "random bytes": lambda data, chance: chance.randbytes(5000),
    "random bytes without zeros": lambda data, chance: chance.randbytes(5000).replace(b"\0", b"\n"),
    "quotes within": lambda data, chance: at_random_places(data, chance, 5, lambda chance: b'"'),
    "quotes at fields": text_changed(
        lambda text, chance: "".join(c + '"' if c in ",\t;\n" and chance.random() < 0.02 else c for c in text)
    ),
    "every line twice": lambda data, chance: b"".join(
        line + b"\n" + line + b"\n" for line in data.split(b"\n")
    ),
    "lines shuffled": lambda data, chance: b"\n".join(chance.sample(lines := data.split(b"\n"), len(lines))),
    "one line": lambda data, chance: data.replace(b"\n", b" "),
    "one line of 10 MB": lambda data, chance: b"x" * 10_000_000,
    "column renamed": lambda data, chance: data.replace(b"AU 12", b"AU 77", 1).replace(b"path", b"pfad", 1),
    "column missing": lambda data, chance: data.replace(b",'AU 43'", b"", 1).replace(b"class", b"", 1),
    "column twice": lambda data, chance: data.replace(b"AU 12", b"AU 1", 1).replace(b"AU12", b"AU01", 1),
    "columns without names": lambda data, chance: b"," * 61 + b"\n" + data.partition(b"\n")[2],
    "wrong separators": lambda data, chance: (
        data.replace(b",", b"|").replace(b";", b"|").replace(b"\t", b"|")
    ),
    "separators of a country": lambda data, chance: data.replace(b",", b"\t"),
    "quote in the header": lambda data, chance: b'"' + data,
    "web page": lambda data, chance: b"<!DOCTYPE html>\n<html><body>404, not found</body></html>\n",
    "zip": lambda data, chance: b"PK\x03\x04" + data,
    "JPEG": lambda data, chance: b"\xff\xd8\xff\xe0" + data,
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("harm", FILE_HARMS)
def test_damaged_file_gives_every_row_or_one_error(tmp_path, name, harm):
    whole = "\n".join(LISTS[name][0]).encode()
    path = tmp_path / "the list"
    for seed in SEEDS[:1] if "MB" in harm else SEEDS:
        data = FILE_HARMS[harm](whole, random.Random(f"{harm} {seed}"))
        path.write_bytes(data)
        rows = read_all(path, name)
        if rows is None:
            continue
        lines = [row.line for row in rows]
        assert lines == sorted(set(lines))
        # What a damaged header makes of a list is no longer this format.
        if harm not in (
            "lines shuffled",
            "beginning lost",
            "random bytes without zeros",
            "separators of a country",
        ):
            assert len(rows) == num_rows_of(data, name)


@pytest.mark.parametrize(
    "harm", ["UTF-8 mark", "UTF-16", "UTF-16 big-endian", "CR LF", "CR", "separators of a country"]
)
@pytest.mark.parametrize("name", LISTS)
def test_what_is_no_damage_changes_nothing(tmp_path, name, harm):
    path = tmp_path / "the list"
    whole = "\n".join(LISTS[name][0]).encode()
    path.write_bytes(whole)
    before = list(map(key, opened(path, name)))
    path.write_bytes(FILE_HARMS[harm](whole, random.Random(0)))
    assert list(map(key, opened(path, name))) == before
    assert all(isinstance(row, LabelRow) for row in opened(path, name))


def test_quote_that_is_never_closed_does_not_swallow_the_file(tmp_path):
    lines = [*plain_lines(), *(f"q{i},b/{i}.jpg,0,1,row" for i in range(5000))]
    lines[3] = 'p2,a/2.jpg,1,,"never closed'
    lines[4000] = lines[4000] + ' said "yes"'
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines))
    rows = list(open_label_list(path))
    assert len(rows) == len(lines) - 1
    assert [(row.line, row.example_id, row.reason) for row in rows if isinstance(row, RejectedRow)] == [
        (4, "p2", "a quote is opened and not closed")
    ]


def test_quoted_cell_may_hold_line_feeds(tmp_path):
    lines = plain_lines()
    lines[2] = 'p1,a/1.jpg,1,,"first, then\n\n""second"""'
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines))
    rows = list(open_label_list(path))
    assert [row.line for row in rows] == [2, 3, *range(6, 16)]
    assert all(isinstance(row, LabelRow) for row in rows)


def test_line_feed_in_an_id_or_class_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('path,class\n"a.jpg\nb.jpg",ann\nc.jpg,"ann\nbob"\nd.jpg,bob\n')
    one, two, three = open_class_list(path)
    assert (one.line, one.reason) == (2, "a line feed in the id")
    assert (two.line, two.reason) == (4, "a line feed in the class")
    assert three.line == 6


@pytest.fixture(scope="module")
def workbook():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in opt_lines():
        book.active.append([int(cell) if cell.isdecimal() else cell for cell in line.split(",")])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def part_changed(data, chance, change):
    """Returns a workbook one of whose parts is changed, or left out where the change returns None."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    parts[name] = change(parts[name])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return file.getvalue()


WORKBOOK_HARMS = {
    "cut off": lambda data, chance: data[: chance.randrange(4, len(data))],
    "bytes changed": lambda data, chance: at_random_places(
        data, chance, 3, lambda chance: bytes([chance.randrange(256)])
    ),
    "something behind": lambda data, chance: data + b"x" * 1000,
    "something before": lambda data, chance: data[:4] + b"x" * 1000 + data,
    "part missing": lambda data, chance: part_changed(data, chance, lambda part: None),
    "part empty": lambda data, chance: part_changed(data, chance, lambda part: b""),
    "part cut off": lambda data, chance: part_changed(data, chance, lambda part: part[: len(part) // 2]),
    "part's bytes changed": lambda data, chance: part_changed(
        data,
        chance,
        lambda part: at_random_places(part, chance, 2, lambda chance: bytes([chance.randrange(32, 127)])),
    ),
    "part's numbers changed": lambda data, chance: part_changed(
        data, chance, lambda part: part.replace(b"2", b"9" * chance.randrange(1, 30), 40)
    ),
}


@pytest.mark.parametrize("harm", WORKBOOK_HARMS)
def test_damaged_workbook_gives_its_rows_or_one_error(tmp_path, workbook, harm):
    path = tmp_path / "list.xlsx"
    for seed in range(4):
        path.write_bytes(WORKBOOK_HARMS[harm](workbook, random.Random(f"{harm} {seed}")))
        rows = read_all(path, "opt")
        assert rows is None or len(rows) <= NUM_ROWS
