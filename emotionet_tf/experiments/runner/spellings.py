"""One run under several names: moved, named relatively and later absolutely, or gone on with from another checkout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE_DIR = Path(__file__).parents[2]
"""The library's own folder, whose flagfiles commands name."""


@dataclass(frozen=True)
class Spellings:
    """How commands name the folders that may have another name at the next call.

    Attributes:
      run: The run's folder.
      package: The library's.
    """

    run: str
    package: str = str(PACKAGE_DIR)

    def to_json(self) -> dict[str, str]:
        """Returns them as a record keeps them."""
        return {"run": self.run, "package": self.package}

    def of_record(self, record: Mapping[str, Any], paths: Iterable[Path]) -> Spellings:
        """Returns how a record names them.

        Args:
          record: What is known of a node.
          paths: The node's files as they are named now. A record from before these spellings were kept names files
            that end alike, if it has any in the folder.
        """
        kept = record.get("folders")
        if isinstance(kept, dict):
            return Spellings(str(kept.get("run", self.run)), str(kept.get("package", self.package)))
        recorded = [*record.get("inputs", ()), *record.get("outputs", ())]
        now = list(paths)
        return Spellings(_folder_before(self.run, now, recorded), _folder_before(self.package, now, recorded))

    def respell(self, text: str, other: Spellings) -> str:
        """Returns a path, or an argument with paths in it, as it is with these folders' other names.

        A run's folder that is "." leaves no trace in a text, which then stays as it is.
        """
        names = {self.run: other.run, self.package: other.package}
        names.pop(".", None)
        longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        # Such as --name=FOLDER/file, or --source=opt=FOLDER@FOLDER.
        pattern = rf"(?:(?<=[=@,])|^)({longest_first})(/|(?=[@,])|\Z)"

        def replaced(match: re.Match[str]) -> str:
            name = names[match[1]]
            return "" if name == "." and match[2] else name + match[2]

        return re.sub(pattern, replaced, text)

    def respell_known(self, text: str, other: Spellings, known: Collection[str]) -> str:
        """Returns the one of the known texts, which have the other names, that means the same; else `respell`'s."""
        respelled = self.respell(text, other)
        if respelled in known:
            return respelled
        return next((one for one in known if other.respell(one, self) == text), respelled)


def _folder_before(folder: str, paths: Iterable[Path], recorded: Collection[str]) -> str:
    """Returns how recorded files name a folder: as most of those that end like a file that is below it now."""
    found: Counter[str] = Counter()
    for path in paths:
        if path.is_absolute() == Path(folder).is_absolute() and path.is_relative_to(folder):
            below = str(path.relative_to(folder))
            found.update(text.removesuffix(f"/{below}") for text in recorded if text.endswith(f"/{below}"))
            found.update("." for text in recorded if text == below)
    return found.most_common(1)[0][0] if found else folder
