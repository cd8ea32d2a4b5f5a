"""Which protocol a command line names, and what it means for the persons that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from emotionet_tf.errors import UserError
from emotionet_tf.records.protocols.parts import Protocol, dealt_parts, one_person_each
from emotionet_tf.records.protocols.published_parts import PUBLISHED
from emotionet_tf.settings import check_settings, setting

LEAVE_ONE_OUT, K_PARTS = "leave_one_person_out", "k_parts"
PROTOCOLS = (*PUBLISHED, LEAVE_ONE_OUT, K_PARTS)


@dataclass(frozen=True)
class ProtocolChoice:
    """An evaluation protocol; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    protocol: str = setting(
        "",
        "Evaluation protocol: the dataset's persons in parts, none in two. disfa_3parts and bp4d_3parts are the usual "
        "three folds, bp4d_fera2015 trains on odd and tests on even numbers; for any persons there are "
        "leave_one_person_out and k_parts. Default: none.",
        choices=("", *PROTOCOLS),
    )
    num_parts: int = setting(5, "Parts of k_parts.", at_least=2)
    parts_seed: int = setting(0, "Decides who is in which part of k_parts; 0 is as good as any.", at_least=0)

    def __post_init__(self) -> None:
        check_settings(self)

    def __bool__(self) -> bool:
        return bool(self.protocol)

    def protocol_of(self, persons: Iterable[str]) -> Protocol:
        """Returns the protocol for the persons of a dataset's usable rows.

        Raises:
          UserError: If a row does not say who is seen, a person is in no part, or a part has no row.
        """
        present = {*persons}
        if "" in present:
            raise UserError(
                f"protocol {self.protocol} tests persons, but a row does not say who is seen: give the label list a "
                "column 'person'"
            )
        if self.protocol in PUBLISHED:
            chosen = PUBLISHED[self.protocol]
        else:
            leaves_one = self.protocol == LEAVE_ONE_OUT
            parts = (
                one_person_each(present)
                if leaves_one
                else dealt_parts(present, self.num_parts, self.parts_seed)
            )
            chosen = Protocol(self.protocol, parts, tuple(part.name for part in parts))
        chosen.check_persons(present)
        return chosen

    def to_dict(self) -> dict[str, Any]:
        """Returns what decides the parts, as JSON can hold it; nothing where there is no protocol."""
        if not self.protocol:
            return {}
        dealt = (
            {"num_parts": self.num_parts, "parts_seed": self.parts_seed} if self.protocol == K_PARTS else {}
        )
        return {"protocol": self.protocol, **dealt}
