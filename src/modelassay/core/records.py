"""The base of every record: frozen, keyword-only, strict. An unknown field is an error, not a surprise."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _RecordMeta(msgspec.StructMeta):
    """Tells type checkers that subclasses are frozen and keyword-only too, as msgspec makes them."""


class Record(msgspec.Struct, metaclass=_RecordMeta, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frozen, typed fact. Scores are in [0, 1]; units end the field's name; unknown is `None`."""
