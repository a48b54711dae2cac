"""What a configuration Struct says about its keys: kinds, limits, defaults, examples, in words for people.

Sections are nested Structs (`[lamp]`), lists of Structs (`[[rooms]]`) or dicts of Structs (`[sensors.door]`). A
key is described where it is declared: ``Annotated[int, Meta(ge=0, le=27, description="...", examples=[17])]``;
``Meta(extra={"secret": True})`` keeps its value out of every message.
"""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import inspect

_PLAIN = {
    inspect.BoolType: "true or false",
    inspect.TimeType: "time such as 08:00:00",
    inspect.DateType: "date such as 2026-11-23",
    inspect.DateTimeType: "date and time such as 2026-11-23T08:00:00Z",
    inspect.AnyType: "any value",
}


class Shape(StrEnum):
    """How a key stands in the file."""

    VALUE = "value"
    SECTION = "section"
    LIST = "list of sections"
    NAMED = "named sections"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section. `section` is the Struct behind it when it is not a plain value."""

    name: str
    field: str
    annotation: Any
    type_text: str
    description: str
    example: Any
    secret: bool
    required: bool
    default: Any
    shape: Shape
    section: type[msgspec.Struct] | None


@cache
def keys_of(kind: type[msgspec.Struct]) -> tuple[Key, ...]:
    """Return the keys of `kind` in the order of their declaration."""
    info = cast("inspect.StructType", inspect.type_info(kind))
    annotations = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return tuple(_key(field, annotations[field.name]) for field in info.fields)


def default_of(field: Any) -> Any:
    """Return the default of a msgspec field, made anew, or None when it is required."""
    if field.default is not msgspec.NODEFAULT:
        return field.default
    return None if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _key(field: inspect.Field, annotation: Any) -> Key:
    meta = _metadata(field.type)
    shape, section = _shape(field.type)
    schema: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for layer in meta:
        schema = {**(layer.extra_json_schema or {}), **schema}
        extra = {**(layer.extra or {}), **extra}
    return Key(
        name=field.encode_name,
        field=field.name,
        annotation=annotation,
        type_text=type_text(field.type),
        description=schema.get("description", ""),
        example=(schema.get("examples") or [None])[0],
        secret=bool(extra.get("secret")),
        required=field.required,
        default=default_of(field),
        shape=shape,
        section=section,
    )


def _metadata(info: inspect.Type) -> list[inspect.Metadata]:
    """All layers of Meta on a type and on the members of a union, outermost first."""
    found: list[inspect.Metadata] = []
    while isinstance(info, inspect.Metadata):
        found.append(info)
        info = info.type
    if isinstance(info, inspect.UnionType):
        for member in info.types:
            found += _metadata(member)
    return found


def _bare(info: inspect.Type) -> inspect.Type:
    while isinstance(info, inspect.Metadata):
        info = info.type
    if isinstance(info, inspect.UnionType):
        members = [member for member in info.types if not isinstance(member, inspect.NoneType)]
        if len(members) == 1:
            return _bare(members[0])
    return info


def _shape(info: inspect.Type) -> tuple[Shape, type[msgspec.Struct] | None]:
    info = _bare(info)
    if isinstance(info, inspect.StructType):
        return Shape.SECTION, info.cls
    if isinstance(info, inspect.ListType | inspect.VarTupleType):
        item = _bare(info.item_type)
        return (Shape.LIST, item.cls) if isinstance(item, inspect.StructType) else (Shape.VALUE, None)
    if isinstance(info, inspect.DictType):
        item = _bare(info.value_type)
        return (Shape.NAMED, item.cls) if isinstance(item, inspect.StructType) else (Shape.VALUE, None)
    return Shape.VALUE, None


def type_text(info: inspect.Type) -> str:
    """Say in words what may stand there, limits included: ``whole number, 0 to 27``."""
    info = _bare(info)
    match info:
        case inspect.IntType():
            return "whole number" + _limits(info)
        case inspect.FloatType():
            return "number" + _limits(info)
        case inspect.StrType():
            return "text" + _text_limits(info)
        case inspect.LiteralType():
            return _choice(value for value in info.values if value is not None)
        case inspect.EnumType():
            return _choice(member.value for member in info.cls)
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            return f"list of: {type_text(info.item_type)}" + _count(info.min_length, info.max_length, "items")
        case inspect.DictType():
            return f"table of: {type_text(info.value_type)}"
        case inspect.StructType():
            return "section"
        case inspect.UnionType():
            return " or ".join(type_text(m) for m in info.types if not isinstance(m, inspect.NoneType))
    return _PLAIN.get(type(info), type(info).__name__.removesuffix("Type").lower())


def _choice(values: Any) -> str:
    texts = [toml_value(value) for value in sorted(values, key=lambda value: (isinstance(value, str), value))]
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _limits(info: inspect.IntType | inspect.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f", {info.ge:g} to {info.le:g}" if isinstance(info, inspect.FloatType) else f", {info.ge} to {info.le}"
    limits = [f"{value} {word}" for value, word in ((info.ge, "or more"), (info.le, "or less")) if value is not None]
    limits += [f"{word} {v}" for v, word in ((info.gt, "above"), (info.lt, "below")) if v is not None]
    return f", {' and '.join(limits)}" if limits else ""


def _text_limits(info: inspect.StrType) -> str:
    pattern = f" matching {info.pattern}" if info.pattern else ""
    return pattern + _count(info.min_length, info.max_length, "characters")


def _count(least: int | None, most: int | None, noun: str) -> str:
    if least is not None and most is not None:
        return f", {least} to {most} {noun}"
    if least is not None:
        return f", at least {least} {noun}"
    return f", at most {most} {noun}" if most is not None else ""


def toml_value(value: Any) -> str:
    """Write `value` as it would stand in a TOML file; None, which TOML has not, becomes an empty text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
        case float() if not math.isfinite(value):
            return str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case dict():
            return f"{{{', '.join(f'{name} = {toml_value(item)}' for name, item in value.items())}}}"
    return str(value)
