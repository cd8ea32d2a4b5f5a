"""XML files as nodes that know their line; a file cannot make the reader open others or grow without bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from emotionet_tf.errors import UserError

_MAX_BYTES = 100 << 20
_MAX_DEPTH = 100


@dataclass(eq=False)
class Node:
    """An element: its name, attributes, line, the elements in it, and the text in front of the first of these."""

    tag: str
    attributes: Mapping[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str) -> Iterator[Node]:
        """Yields the elements of a name at any depth, in the file's order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    def first_text(self, tag: str) -> str:
        """Returns the text of the first element of a name, without the blanks around it; "" without one."""
        return next((one.text.strip() for one in self.all(tag)), "")


def read_xml(path: Path) -> Node:
    """Returns a node whose only child is the file's root.

    Raises:
      UserError: If the file cannot be read, is not XML, is larger than any of codes, nested without end, or declares a
        document type, by which entities are expanded and other files opened.
    """
    document = Node("", {}, 0)
    open_nodes = [document]

    def start(tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes, parser.CurrentLineNumber)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
        if len(open_nodes) > _MAX_DEPTH:
            raise UserError(f"{path}: elements are nested more than {_MAX_DEPTH} deep")

    def text(data: str) -> None:
        if not open_nodes[-1].children:
            open_nodes[-1].text += data

    def doctype(*_: object) -> None:
        raise UserError(
            f"{path}: it declares a document type (<!DOCTYPE>), which label files have not: not read"
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_nodes.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path}: {path.stat().st_size:,} bytes, more than any file of codes has")
        parser.Parse(path.read_bytes(), True)
    except OSError as error:
        raise UserError(f"{path}: the file cannot be read: {error.strerror}") from error
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UserError(f"{path}: not a whole XML file: {error}") from error
    return document
