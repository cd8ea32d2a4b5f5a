"""A protocol: a dataset's persons in parts, of which some are tested, each by what has learnt from the others."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from emotionet_tf.errors import UserError
from emotionet_tf.records.splits import unit_hash

_MAX_NAMED = 8


@dataclass(frozen=True)
class Part:
    """Persons that are tested together.

    Attributes:
      name: What folders and tables call it; it says who is tested, never a number alone.
      persons: As label lists name them.
    """

    name: str
    persons: tuple[str, ...]


@dataclass(frozen=True)
class Protocol:
    """A dataset's persons in parts.

    Attributes:
      name: For flags and files.
      parts: All parts; no person is in two of them.
      tested: The names of the parts that are tested.
      aus: The AUs that are scored; empty for those that the labels know.
      published_rows: How many rows published lists of these persons have, by whose list it is.
      source: Who published the parts, for people.
    Raises:
      ValueError: If a person is in two parts, or a tested part is missing.
    """

    name: str
    parts: tuple[Part, ...]
    tested: tuple[str, ...]
    aus: tuple[int, ...] = ()
    published_rows: Mapping[str, int] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        counts = Counter(person for part in self.parts for person in part.persons)
        if twice := [person for person, count in counts.items() if count > 1]:
            raise ValueError(f"protocol {self.name}: {twice[0]} is in two parts")
        if missing := set(self.tested) - {part.name for part in self.parts}:
            raise ValueError(f"protocol {self.name} tests {sorted(missing)}, which are not among its parts")

    @property
    def persons(self) -> tuple[str, ...]:
        """The persons of all parts."""
        return tuple(person for part in self.parts for person in part.persons)

    def part_of(self, person: str) -> Part | None:
        """Returns the part that a person is in; None for a person of no part."""
        return self._part_by_person.get(person)

    def named(self, name: str) -> Part:
        """Returns a part by its name."""
        return next(part for part in self.parts if part.name == name)

    def learnt_without(self, tested: str) -> tuple[Part, ...]:
        """Returns the parts that are learnt from where one is tested: all others."""
        return tuple(part for part in self.parts if part.name != tested)

    def check_persons(self, persons: Iterable[str]) -> None:
        """Checks that all persons of a dataset are in a part, and that every part has someone.

        Raises:
          UserError: If not.
        """
        present = set(persons)
        if strangers := [person for person in sorted(present) if not self.part_of(person)]:
            raise UserError(
                f"protocol {self.name} has no part for {_listed(strangers)}; leave their rows out of the label list, "
                "or take a protocol for any persons: leave_one_person_out or k_parts"
            )
        for part in self.parts:
            if not present.intersection(part.persons):
                raise UserError(
                    f"protocol {self.name}: there is no row of {part.name} ({_listed(part.persons)}); all parts are "
                    "needed"
                )

    @cached_property
    def _part_by_person(self) -> dict[str, Part]:
        return {person: part for part in self.parts for person in part.persons}


def one_person_each(persons: Iterable[str]) -> tuple[Part, ...]:
    """Returns a part for each person, in the order of their names, such as `person_P07`.

    Raises:
      UserError: If there is only one person, or none.
    """
    ordered = sorted(set(persons))
    if len(ordered) < 2:
        raise UserError(f"to leave one person out there must be two or more; the rows are of {len(ordered)}")
    return tuple(Part(f"person_{_folder_name(person)}", (person,)) for person in ordered)


def dealt_parts(persons: Iterable[str], num_parts: int, seed: int) -> tuple[Part, ...]:
    """Returns parts of as many persons each, or one fewer, named by their first person: `part_of_P07`.

    Persons are dealt in the order of a hash of seed and name, whatever order they come in.

    Raises:
      UserError: If there are fewer persons than parts.
    """
    order = sorted(set(persons), key=lambda person: (unit_hash(f"part/{seed}/{person}"), person))
    if len(order) < num_parts:
        raise UserError(f"{num_parts} parts need as many persons; the rows are of {len(order)}")
    return tuple(sorted((_part(order[first::num_parts]) for first in range(num_parts)), key=_first_person))


def named_by_first(*groups: str) -> tuple[Part, ...]:
    """Returns published parts from their persons with blanks between, named by the first, in the order of the names."""
    return tuple(sorted((_part(group.split()) for group in groups), key=_first_person))


def _part(persons: Sequence[str]) -> Part:
    ordered = tuple(sorted(persons))
    return Part(f"part_of_{_folder_name(ordered[0])}", ordered)


def _first_person(part: Part) -> str:
    return part.persons[0]


def _folder_name(person: str) -> str:
    """Returns a name for folders on every system; names that differ stay different."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", person)
    return plain if plain == person else f"{plain}-{hashlib.sha256(person.encode()).hexdigest()[:6]}"


def _listed(persons: Sequence[str]) -> str:
    more = f" and {len(persons) - _MAX_NAMED} more" if len(persons) > _MAX_NAMED else ""
    return ", ".join(persons[:_MAX_NAMED]) + more
