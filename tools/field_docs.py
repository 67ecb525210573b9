"""What the records' own docstrings and comments say of their fields, for the reference pages."""

import inspect
import re
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from modelassay.core.records import Record

_SAID = tomllib.loads(Path(__file__).with_name("field_meanings.toml").read_text("utf-8"))


def meanings(record: type[Record]) -> dict[str, str]:
    """Field → what field_meanings.toml says of it in this record, else its record or one that it extends, else the common words."""
    found: dict[str, str] = {}
    names = record.__struct_fields__
    for base in reversed([c for c in record.__mro__ if isinstance(c, type) and issubclass(c, Record)]):
        found |= _from_docstring(inspect.getdoc(base) or "", names)
        found |= _from_comments(base, names)
    found |= _SAID.get(record.__name__, {})
    return {name: found.get(name) or _SAID["common"].get(name, "") for name in names}


def summary(record: type[Record]) -> str:
    """The first sentence or paragraph of a record's docstring, without what follows on its fields."""
    return " ".join((inspect.getdoc(record) or "").split("\n\n")[0].split())


def _from_docstring(text: str, names: tuple[str, ...]) -> dict[str, str]:
    """`a, b: what both are. c: …` → a, b, c."""
    one = "|".join(sorted(names, key=len, reverse=True))
    head = re.compile(rf"(?:(?<=\s)|(?<=^))({one})((?:, (?:{one}))*): ")
    found: dict[str, str] = {}
    heads = list(head.finditer(text))
    for here, after in zip(heads, [*heads[1:], None], strict=False):
        said = text[here.end() : after.start() if after else len(text)]
        said = " ".join(said.split("\n\n")[0].split()).rstrip(".; ")
        for name in (here[0].rstrip(": ")).split(", "):
            found.setdefault(name, said)
    return found


def _from_comments(record: type, names: tuple[str, ...]) -> dict[str, str]:
    """Comments at the end of a field's line."""
    lines = inspect.getsource(record).splitlines()
    pairs = (re.match(r"    (\w+): .*?  # (.+)$", line) for line in lines)
    return {m[1]: m[2] for m in pairs if m and m[1] in names and not m[2].startswith("fmt:")}


def fields_of(record: type[Record]) -> Iterator[tuple[str, str, str, str]]:
    """(name, type, default, meaning) of each field, in order."""
    said = meanings(record)
    for field in msgspec.structs.fields(record):
        yield field.encode_name, type_text(field.type), _default(field), said[field.name]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None:
        return ""
    if isinstance(value, Record):
        return "its defaults"
    return f"`{msgspec.json.encode(value).decode()}`"


_PLAIN = {str: "text", int: "integer", float: "number", bool: "`true` or `false`", Any: "anything", object: "anything"}  # fmt: skip


def type_text(kind: Any) -> str:
    """A type in words: `tuple[str, ...]` → list of text."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    arguments = [a for a in get_args(kind) if a is not Ellipsis]
    origin = get_origin(kind)
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(type_text(a) for a in arguments if a is not type(None))
    if origin in (tuple, list):
        same = len(get_args(kind)) != 2 or get_args(kind)[1] is Ellipsis
        return f"list of {type_text(arguments[0])}" if same else "pair"
    if origin is dict:
        return f"table: {type_text(arguments[0])} → {type_text(arguments[1])}"
    return str(getattr(kind, "__name__", kind))


def records_in(kind: Any) -> Iterator[type[Record]]:
    """The records that a type speaks of."""
    if isinstance(kind, type) and issubclass(kind, Record):
        yield kind
    for argument in get_args(kind):
        yield from records_in(argument)
