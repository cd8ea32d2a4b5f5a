"""How a command's settings are declared: each once, in a field of the frozen dataclass that the command fills.

The field has the setting's name, type and default; `setting` adds what its flag's help says and which values are valid.
`cli.config_flags` makes the flags from it, and `check_settings` refuses what is not valid, wherever the value is from.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emotionet_tf.errors import UserError

_METADATA = "setting"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is declared of a setting beside its name, type and default.

    Attributes:
      help: Meaning, unit, and where the default is from; for a pair with a flag each, the texts by the flags' endings;
        empty for a field that is a dataclass itself, whose settings are flags by their own names.
      choices: The valid values; empty for any.
      at_least: Smallest value, or None; as the other bounds, for each number of a tuple.
      above: What the value is larger than, or None.
      at_most: Largest value, or None.
      below: What the value is smaller than, or None.
      flag: The flag's name, where it is not the field's; empty where there is no flag.
      flag_default: How the flag writes the default, where that is not the default itself.
      from_flag: What makes the field's value of the flag's.
      is_repeated: Whether the flag is repeated for each entry of a tuple; otherwise it takes them with commas between.
      off_value: For a field that is a dataclass itself: its value where its own flag, --noNAME, turns it off.
    """

    help: str | Mapping[str, str]
    choices: Sequence[str] = ()
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    flag: str | None = None
    flag_default: Any = None
    from_flag: Callable[[Any], Any] | None = None
    is_repeated: bool = False
    off_value: Any = None

    def bounds(self) -> str:
        """Returns what a number must be, such as "above 0 and at most 1"; empty where it may be any."""
        if self.at_least is not None and self.at_most is not None:
            return f"between {self.at_least} and {self.at_most}"
        named = {
            "at least": self.at_least,
            "above": self.above,
            "at most": self.at_most,
            "below": self.below,
        }
        return " and ".join(f"{words} {bound}" for words, bound in named.items() if bound is not None)

    def check(self, name: str, value: Any) -> None:
        """Raises UserError if the value is not valid."""
        if self.choices and value not in self.choices:
            raise UserError(f"{name} must be one of {', '.join(self.choices)}, got {value!r}")
        numbers = value if isinstance(value, tuple) else (value,)
        if (bounds := self.bounds()) and not all(map(self._is_within, numbers)):
            raise UserError(f"{name} must be {bounds}, got {value}")

    def _is_within(self, number: float) -> bool:
        return (
            math.isfinite(number)
            and (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )


def setting(default: Any, help: str | Mapping[str, str], **details: Any) -> Any:
    """Returns a dataclass field that is a setting.

    Args:
      default: Its default; `dataclasses.MISSING` where it must be given; a class or another callable makes it.
      help: See `Setting`.
      **details: The other attributes of `Setting`.
    """
    metadata = {_METADATA: Setting(help=help, **details)}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def setting_of(field: dataclasses.Field[Any]) -> Setting | None:
    """Returns what is declared of a field; None if it is not a setting."""
    return field.metadata.get(_METADATA)


def check_settings(config: Any, place: str = "") -> None:
    """Checks each setting of a configuration, apart from those that are None by default and stay so.

    Args:
      config: An instance of a dataclass.
      place: What stands in front of the setting's name in an error.
    Raises:
      UserError: If a value is not valid; it names the setting, what it must be, and what it is.
    """
    for each in dataclasses.fields(config):
        declared, value = setting_of(each), getattr(config, each.name)
        if declared and not (value is None and each.default is None):
            declared.check(place + each.name, value)
