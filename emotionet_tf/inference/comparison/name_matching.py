"""Which of the labels' photos and videos a table's names mean: by the longest end that both have in common.

Labels say `F001/T1/0001.jpg`, a table `/data/bp4d/F001/T1/0001.jpg` or, of a folder of CSVs, `F001/T1/0001`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.openface.csv_files import photo_key
from emotionet_tf.inference.other_tools.tool_format import without_video_ending
from emotionet_tf.label_lists.name_forms import composed

Parts = tuple[str, ...]


def match_names(names: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """Returns, for each name that means one of the wanted ones, which.

    Both need the same last part, and as many of the parts before it as it takes to distinguish the names on either
    side; a name of fewer parts has to agree in all of them. Endings of photos and videos do not count. Where no name is
    found so, `F001_T1` counts as `F001/T1`.

    Raises:
      UserError: If a name could mean several of the wanted ones, or two mean the same; it names them.
    """
    names, wanted = list(dict.fromkeys(names)), list(dict.fromkeys(wanted))
    for split in (_path_parts, _word_parts):
        if found := _matched({name: split(name) for name in names}, {name: split(name) for name in wanted}):
            return found
    return {}


def _path_parts(name: str) -> Parts:
    key = composed(photo_key(without_video_ending(name)))
    return tuple(part for part in key.split("/") if part not in ("", "."))


def _word_parts(name: str) -> Parts:
    return tuple(part for part in re.split(r"[/_\- ]", "/".join(_path_parts(name))) if part)


def _matched(names: Mapping[str, Parts], wanted: Mapping[str, Parts]) -> dict[str, str]:
    depth = max(_distinct_depth(names.values()), _distinct_depth(wanted.values()))
    by_last: dict[str, list[str]] = defaultdict(list)
    for one, parts in wanted.items():
        by_last["".join(parts[-1:])].append(one)
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name, parts in names.items():
        candidates = by_last["".join(parts[-1:])]
        common = {one: _common_end(parts, wanted[one]) for one in candidates}
        enough = {one: num for one, num in common.items() if num >= min(depth, len(parts), len(wanted[one]))}
        best = [one for one, num in enough.items() if num == max(enough.values())]
        if len(best) > 1:
            # Two photos that differ in their endings only, which a table may say.
            best = [one for one in best if PurePosixPath(one).suffix == PurePosixPath(name).suffix] or best
        if len(best) > 1:
            raise UserError(
                f"{name} could be {best[0]} or {best[1]} of the labels: give names with their folders"
            )
        if best:
            if best[0] in taken:
                raise UserError(
                    f"{taken[best[0]]} and {name} could both be {best[0]} of the labels: give one of them, or names "
                    "with their folders"
                )
            found[name], taken[best[0]] = best[0], name
    return found


def _distinct_depth(all_parts: Iterable[Parts]) -> int:
    """Returns how many last parts distinguish all of some names; of names that no number does, the longest's number."""
    different: Sequence[Parts] = list(set(all_parts))
    longest = max(map(len, different), default=0)
    for depth in range(1, longest):
        if len({parts[-depth:] for parts in different}) == len(different):
            return depth
    return longest


def _common_end(first: Parts, second: Parts) -> int:
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count
