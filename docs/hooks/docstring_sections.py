"""A Griffe extension: sets the sections of docstrings apart by blank lines, which their Google-style parser needs."""

import re

import griffe

_SECTION = re.compile(r"\n(?=(?:Args|Attributes|Returns|Yields|Raises|Source):)")


class SectionsApart(griffe.Extension):
    """Reads docstrings whose sections follow each other without a blank line."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Inserts the blank lines into an object's docstring."""
        if obj.docstring:
            obj.docstring.value = _SECTION.sub("\n\n", obj.docstring.value)
