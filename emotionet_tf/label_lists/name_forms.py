"""Names that differ in the form of Unicode only: Macs write an e and its accent as two characters, others as one.

A list that was written on the one and photos that come from the other mean the same photo. Names are joined as they are
where they can be; so two photos that are there in both forms stay two.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable

from emotionet_tf.errors import UserError


def composed(name: str) -> str:
    """Returns a name with composed characters (NFC), in which names of either form are the same."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def lookup_in_any_form(names: Iterable[str]) -> Callable[[str], str | None]:
    """Returns a look-up in names: the name itself where it is there, else the one that differs in form only, else None.

    The look-up raises UserError where several differ from what is sought in form only.
    """
    exact = set(names)
    forms: dict[str, list[str]] = defaultdict(list)
    for name in exact:
        if not name.isascii():
            forms[composed(name)].append(name)

    def find(name: str) -> str | None:
        if name in exact:
            return name
        found = forms.get(composed(name), []) if forms else []
        if len(found) > 1:
            raise ambiguous_forms(name, found)
        return found[0] if found else None

    return find


def ambiguous_forms(name: str, found: Iterable[str]) -> UserError:
    """Returns the error about a name that differs from several in form only."""
    shown = " or ".join(ascii(one) for one in sorted(found))
    return UserError(
        f"{name!a} could be {shown}, which differ in the form of their characters only (composed or decomposed): "
        "rename one"
    )
