"""Flags from a configuration: a flag for each setting that its dataclass declares, and back to the dataclass."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING
from typing import Any, Generic, TypeVar

from absl import flags

from emotionet_tf.errors import UserError
from emotionet_tf.settings import Setting, setting_of

# The flags are the command's own, so that its --help shows them, not this module's.
flags.disclaim_key_flags()

Config = TypeVar("Config")
_Reader = Callable[[], Any]

_DEFINE: dict[Any, Callable[..., flags.FlagHolder[Any]]] = {
    bool: flags.DEFINE_boolean,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    str: flags.DEFINE_string,
}


class ConfigFlags(Generic[Config]):
    """The flags of one configuration; defined when this is made, at the top of a command's module.

    The settings of a field that is a dataclass itself are flags, too: by their own names, or, where the field has a
    help text, with its name in front and beside a switch that turns them all off.
    """

    def __init__(self, config: type[Config], prefix: str = ""):
        self._config = config
        hints = typing.get_type_hints(config)
        fields = [(each, setting_of(each)) for each in dataclasses.fields(config)]  # type: ignore[arg-type]
        self._readers = {
            each.name: _define_setting(prefix, each, declared, _without_none(hints[each.name]))
            for each, declared in fields
            if declared and declared.flag != ""
        }

    def values(self) -> dict[str, Any]:
        """Returns what the parsed flags say, by the fields' names; raises UserError for texts that cannot be read."""
        return {name: read() for name, read in self._readers.items()}

    def build(self, **others: Any) -> Config:
        """Returns the configuration that the parsed flags describe.

        Args:
          **others: Values of fields that are not settings, or that replace the flags'.
        Raises:
          UserError: If a value is not valid.
        """
        return self._config(**{**self.values(), **others})


def _without_none(hint: Any) -> Any:
    """Returns the type of what may be None."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (hint,) = set(typing.get_args(hint)) - {type(None)}
    return hint


def _define_setting(
    prefix: str, field: dataclasses.Field[Any], declared: Setting, hint: Any
) -> Callable[[], Any]:
    """Defines a field's flags; returns what reads its value from them."""
    name = prefix + (declared.flag or field.name)
    default: Any = field.default if field.default_factory is MISSING else field.default_factory()
    if dataclasses.is_dataclass(hint):
        return _define_nested(name, declared, hint) if declared.help else _flags_of(hint, prefix).build
    if not isinstance(declared.help, str):
        return _define_pair(name, default, declared, hint)
    if declared.flag_default is not None:
        default = declared.flag_default
    read = _define_one(name, default, declared, declared.help, hint)
    convert = declared.from_flag
    return (lambda: convert(read())) if convert else read


def _flags_of(config: Any, prefix: str) -> ConfigFlags[Any]:
    return ConfigFlags(config, prefix)


def _define_nested(name: str, declared: Setting, hint: Any) -> _Reader:
    switch = flags.DEFINE_boolean(name, True, str(declared.help))
    nested = _flags_of(hint, f"{name}_")
    return lambda: nested.build() if switch.value else declared.off_value


def _define_pair(name: str, default: tuple[Any, ...], declared: Setting, hint: Any) -> _Reader:
    """Defines a flag for each entry of a tuple."""
    texts = dict(declared.help)  # type: ignore[arg-type]
    readers = [
        _define_one(f"{name}_{end}", value, declared, text, kind)
        for (end, text), value, kind in zip(texts.items(), default, typing.get_args(hint), strict=True)
    ]
    return lambda: tuple(read() for read in readers)


def _define_one(name: str, default: Any, declared: Setting, text: str, hint: Any) -> _Reader:
    is_required = default is MISSING
    arguments: dict[str, Any] = {
        "name": name,
        "default": None if is_required else default,
        "required": is_required,
    }
    if bounds := declared.bounds():
        text += f" {bounds.capitalize()}."
    holder: flags.FlagHolder[Any]
    if declared.choices:
        holder = flags.DEFINE_enum(**arguments, enum_values=list(declared.choices), help=text)
    elif hint in _DEFINE:
        holder = _DEFINE[hint](**arguments, help=text)
    else:
        return _define_list(arguments, declared, text, hint)
    return lambda: holder.value


def _define_list(arguments: dict[str, Any], declared: Setting, text: str, hint: Any) -> _Reader:
    """Defines a flag of several entries; without `from_flag` they are numbers or texts, as the type says."""
    name = arguments["name"]
    default = None if arguments["default"] is None else [str(entry) for entry in arguments["default"]]
    define: Callable[..., flags.FlagHolder[Any]] = (
        flags.DEFINE_multi_string if declared.is_repeated else flags.DEFINE_list
    )
    holder = define(**{**arguments, "default": default}, help=text)
    if declared.from_flag or declared.is_repeated:
        return lambda: None if holder.value is None else tuple(holder.value)
    kind = typing.get_args(hint)[0]
    return lambda: _converted(name, [entry.strip() for entry in holder.value], kind, default or [])


def _converted(name: str, entries: list[str], kind: type, default: list[str]) -> tuple[Any, ...]:
    try:
        return tuple(kind(entry) for entry in entries)
    except ValueError as error:
        example = f"numbers such as {','.join(default)}" if default else "numbers with commas between"
        raise UserError(f"--{name} takes {example}, got {','.join(entries)!r}") from error
