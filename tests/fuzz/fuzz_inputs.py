"""Hypothesis strategies: files made of good examples by damage, and by cells and values that nobody expects."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from file_mutations import OF_ONE_FILE
from hypothesis import strategies as st

from emotionet_tf.errors import UserError

ODD_CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "nan", "NaN", "inf", "-inf", "1e999", "-1", "999", "0,5", "1.0", "True", "None", "=1+1", "@x", "#",
         "'", '"', '""', '"a', "a\tb", "a;b", "a,b", "a\nb", "\ufeff", "\xa0", "٣", "²", "½",
         "9" * 400, "../x", "a" * 2000]
    ),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=8),
)  # fmt: skip
ODD_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(
            [0, -1, 2**31, 2**63, 10**400, 0.5, -0.5, 1e308, "", "x", "AU01", "../x", "\0", "a" * 300]
        ),
        st.floats(),
        st.text(max_size=5),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_OF_SEPARATORS = (",", ";", "\t", " ")


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """One to three kinds of damage, one after the other."""
    for mutation in draw(st.lists(st.sampled_from(OF_ONE_FILE), min_size=1, max_size=3)):
        content = mutation(content, draw(st.randoms(use_true_random=False)))
    return content


@st.composite
def odd_cells(draw: st.DrawFn, content: bytes) -> bytes:
    """A table with some of its cells, header included, replaced; the separator is the commonest of its first line."""
    lines = content.decode().splitlines()
    separator = max(_OF_SEPARATORS, key=(lines or [""])[0].count)
    rows = [line.split(separator) for line in lines]
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.sampled_from(rows)) if rows else []
        if row:
            row[draw(st.integers(0, len(row) - 1))] = draw(ODD_CELLS)
    return "\n".join(separator.join(row) for row in rows).encode(errors="surrogatepass")


def tables(*texts: str) -> st.SearchStrategy[bytes]:
    """Tables made of good ones."""
    contents = st.sampled_from([text.encode() for text in texts])
    return contents.flatmap(lambda content: damaged(content) | odd_cells(content))


@st.composite
def odd_json(draw: st.DrawFn, content: Any) -> bytes:
    """A JSON file with some of its values replaced, taken out or added, or with damaged bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(damaged(json.dumps(content).encode()))
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(content))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
        if what == "remove":
            del holder[key]
        elif what == "add" and isinstance(holder, dict):
            holder[draw(st.text(max_size=6))] = draw(ODD_VALUES)
        else:
            holder[key] = draw(ODD_VALUES)
    return json.dumps(content).encode()


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    keys = (
        content.keys()
        if isinstance(content, dict)
        else range(len(content))
        if isinstance(content, list)
        else ()
    )
    for key in list(keys):
        yield content, key
        yield from _places(content[key])


@contextmanager
def file_of(content: bytes, name: str) -> Iterator[Path]:
    """A file of its own for one example: fixtures are shared by all of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


def read_or_refused(read: Callable[[], Any], error: type[Exception] = UserError) -> Any:
    """Returns what was read; None where it was refused, in one line. Any other error is a fault."""
    try:
        return read()
    except error as refusal:
        assert str(refusal) and "\n" not in str(refusal), refusal
        return None
