"""Objects of classes that both sides know, as a built-in part and a state, and back.

A class of the tests (a linked list's node, a data class, an enumeration) is defined on the sample's side from its source,
so that objects cross by what they hold. Rebuilding one runs none of its code: no `__init__`, no property, no
`__setattr__`. Whatever a sample puts into its own object it can put into this one, and nothing else. Used on both sides.
"""

from __future__ import annotations

import sys

from modelassay.grading.boundary.boundary_values import CodecError, refuse_equal_hashes

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

_FIXED: Final = (bool, int, float, complex, str, bytes, tuple, frozenset)  # set when the object is made
_CHANGEABLE: Final = (list, dict, set, bytearray)
_MEMBER: Final = "member of an enumeration"


def is_enumeration(cls: type) -> bool:
    """Whether a class is an enumeration; nothing is loaded to find out."""
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(cls, enum.EnumMeta)


def _is_flag(cls: type) -> bool:
    """Whether its members can be joined, so that most have no name."""
    return issubclass(cls, sys.modules["enum"].Flag)


def _built_in(cls: type) -> Any:
    """The built-in class that it is made of, None for a plain object."""
    return next((k for k in (*_FIXED, *_CHANGEABLE, BaseException) if issubclass(cls, k)), None)


def _slots(cls: type) -> list[tuple[str, Any]]:
    """Names and descriptors of its slots."""
    kind = type(vars(_Slotted)["place"])
    return [
        (n, d)
        for k in cls.__mro__
        for n, d in vars(k).items()
        if type(d) is kind and k.__module__ != "builtins"
    ]


class _Slotted:
    __slots__ = ("place",)


def parts_of(value: Any) -> tuple[Any, dict[str, Any]]:
    """The built-in part of an object, None for a plain one, and its attributes."""
    cls = type(value)
    if is_enumeration(cls):
        return (_MEMBER, int(value._value_) if _is_flag(cls) else value._name_), {}
    state = dict(value.__dict__) if hasattr(value, "__dict__") else {}
    for name, place in _slots(cls):
        try:
            state[name] = place.__get__(value, cls)
        except AttributeError:  # not set
            continue
    return _part(value, _built_in(cls)), state


def _part(value: Any, kind: Any) -> Any:
    if kind is None:
        return None
    if kind is dict:
        return dict(dict.items(value))
    if kind is BaseException:
        return value.args
    if issubclass(kind, int):
        return int.__add__(value, 0)
    if kind is float:
        return float.__float__(value)
    if kind is str:
        return "".join(str.__iter__(value))
    if kind is complex:
        return complex.__complex__(value)
    return kind(kind.__iter__(value))


def blank(cls: type) -> Any:
    """An object of the class that holds nothing yet, or None where it needs its built-in part to be made."""
    if is_enumeration(cls):
        return None
    kind: Any = _built_in(cls)
    if kind in _FIXED:
        return None
    return kind.__new__(cls) if kind else object.__new__(cls)


def fill(cls: type, made: Any, base: Any, state: Any) -> Any:
    """The object with its parts. Raises CodecError for parts that no object of this class can have."""
    if is_enumeration(cls):
        match base:
            case (str() as mark, int() as bits) if mark == _MEMBER and _is_flag(cls) and bits >= 0:
                if bits.bit_length() <= max((int(m.value).bit_length() for m in cls), default=0):  # type: ignore[attr-defined]
                    return cls(bits)
            case (str() as mark, str() as name) if mark == _MEMBER and name in cls.__members__:  # type: ignore[attr-defined]
                return cls.__members__[name]  # type: ignore[attr-defined]
        raise CodecError(f"no member of {cls.__name__}")
    kind: Any = _built_in(cls)
    if kind in _FIXED:
        if type(base) is not (int if kind is bool else kind):
            raise CodecError(f"not the parts of a {cls.__name__}")
        fields: Any = getattr(cls, "_fields", None)
        if kind is tuple and type(fields) is tuple and len(fields) != len(base):  # type: ignore[arg-type]
            raise CodecError(f"not the parts of a {cls.__name__}")
        made = kind.__new__(cls, base)
    elif kind is not None:
        set_part(made, kind, base)
    elif base is not None:
        raise CodecError(f"not the parts of a {cls.__name__}")
    set_state(made, state)
    return made


def set_part(made: Any, kind: Any, base: Any) -> None:
    """Give an object of a changeable class its built-in part."""
    if kind is BaseException:
        if type(base) is not tuple:
            raise CodecError("not an exception's arguments")
        made.args = base
        return
    if type(base) is not (bytes if kind is bytearray else kind):
        raise CodecError("not the parts of this class")
    if kind is list or kind is bytearray:
        kind.__setitem__(made, slice(None), base)
    else:
        refuse_equal_hashes([*base])
        kind.clear(made)
        kind.update(made, base)


def set_state(made: Any, state: Any) -> None:
    """Give an object exactly these attributes. Raises CodecError for names that no program would use."""
    if type(state) is not dict:
        raise CodecError("not a state")
    for name in state:
        if type(name) is not str or not name.isidentifier() or (name[:2] == "__" and name[-2:] == "__"):
            raise CodecError("not an attribute's name")
    places = dict(_slots(type(made)))
    rest = {name: value for name, value in state.items() if name not in places}
    for name, place in places.items():
        if name in state:
            place.__set__(made, state[name])
    if hasattr(made, "__dict__"):
        own = made.__dict__
        own.clear()
        own.update(rest)
    elif rest:
        raise CodecError("an attribute that this class has no room for")


def built_in_part(cls: type) -> type | None:
    """The changeable built-in class that objects of the class are made of, if any."""
    kind: type | None = _built_in(cls)
    return kind if kind in _CHANGEABLE else None
