"""What a call has changed in its arguments: noticed on the sample's side, done again on the tests'.

The objects that went with a call have numbers which both sides know. After the call those that hold other things than
before are told by number with what they hold now, and the tests' own objects are given that: so a list that two arguments
share, a row of a matrix, a node of a list stay what they are. Where the sample keeps an object of its own, which may
hold arguments, these are held on to (`Shared`), and what either side changes in them later is told to the other.
Used on both sides.
"""

from __future__ import annotations

import sys
from operator import is_

from modelassay.grading.boundary.boundary_values import CodecError, checked, refuse_equal_hashes
from modelassay.grading.boundary.frames import frame_parts, replace
from modelassay.grading.boundary.instances import built_in_part, is_enumeration, parts_of, set_part, set_state
from modelassay.grading.boundary.writer import Writer

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

_LISTS: Final = ("builtins.list", "collections.deque")
_DICTS: Final = ("builtins.dict", "collections.OrderedDict", "collections.Counter", "collections.defaultdict")
_FRAMES: Final = (
    "pandas.DataFrame",
    "pandas.Series",
    "pandas.core.frame.DataFrame",
    "pandas.core.series.Series",
)
_FILES: Final = ("_io.StringIO", "_io.BytesIO")


def _name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


class _Inside:
    """What is no value, within a frame: known by its type only."""

    def admits(self, package: str) -> bool:
        return True

    def refer(self, writer: Writer, value: Any, kind: type, depth: int) -> bool:
        return False


SHARED: Final = 1 << 24  # numbers from here on are of objects that are held on to
MAX_SHARED: Final = 1000


class Shared:
    """Objects that both sides hold on to, by number, with what both know them to hold."""

    def __init__(self, known: Callable[[type], bool]) -> None:
        self._known = known
        self.objects: list[Any] = []
        self._held: list[Any] = []
        self.numbers: dict[int, int] = {}

    def add(self, objects: list[Any]) -> None:
        """Hold on to those that can change."""
        for found in objects:
            held = content(found, self._known)
            if held is not None and id(found) not in self.numbers and len(self.objects) < MAX_SHARED:
                self.numbers[id(found)] = SHARED + len(self.objects)
                self.objects.append(found)
                self._held.append(held)

    def updates(self) -> dict[int, Any]:
        """What has been changed on this side, by number."""
        if not self.objects:
            return {}
        return {
            SHARED + number: update_of(found, self._known)
            for number, found in enumerate(self.objects)
            if changed(found, self._held[number], self._known)
        }

    def settle(self) -> None:
        """Both sides know now what each holds."""
        if self.objects:
            self._held = [content(found, self._known) for found in self.objects]

    def find(self, number: int, others: list[Any]) -> Any:
        """The object with this number, among these or those held on to. Raises CodecError for none."""
        if type(number) is not int or number < 0:
            raise CodecError("no argument of this call")
        listed, at = (self.objects, number - SHARED) if number >= SHARED else (others, number)
        if at >= len(listed):
            raise CodecError("no argument of this call")
        return listed[at]


def content(value: Any, known: Callable[[type], bool]) -> Any:
    """What a changeable object holds, one level deep; None for what cannot change. known: classes of both sides."""
    kind = type(value)
    if kind is list:  # most are
        return value[:]
    if value is None:
        return None
    name = _name(value)
    if name in _LISTS:
        return list(value)
    if name in _DICTS:
        return [part for pair in value.items() for part in pair]
    if name == "builtins.set":
        return list(value)
    if name == "builtins.bytearray":
        return bytes(value)
    if name == "array.array":
        return value.tobytes()
    if name in _FILES:
        return (value.getvalue(), value.tell())
    if name == "numpy.ndarray" and not value.dtype.hasobject:
        return value.tobytes("A")
    if name in _FRAMES:
        return Writer(links=_Inside()).whole(frame_parts(value, type(value)))
    if is_enumeration(kind):
        return None
    if known(kind):
        base, state = parts_of(value)
        listed = [base] if built_in_part(kind) is None else _flat(base)
        return [*listed, None, *(part for pair in state.items() for part in pair)]
    return None


def _flat(base: Any) -> list[Any]:
    return [part for pair in base.items() for part in pair] if type(base) is dict else list(base)


def changed(value: Any, before: Any, known: Callable[[type], bool]) -> bool:
    """Whether an object holds something else than `content` said before."""
    now = content(value, known)
    if type(now) is list:
        return len(now) != len(before) or not all(map(is_, now, before))
    return bool(now != before)


def update_of(value: Any, known: Callable[[type], bool]) -> Any:
    """What is told of a changed object, for `apply`."""
    if known(type(value)):
        return parts_of(value)
    name = _name(value)
    if name in _DICTS:
        return list(value.items())
    if name == "array.array":
        return value.tolist()
    if name == "numpy.ndarray":
        return (value.dtype.str, tuple(value.shape), "C", value.tobytes("C"))
    if name in _FRAMES:
        return frame_parts(value, type(value))
    return content(value, known)


def apply(value: Any, update: Any, known: Callable[[type], bool]) -> None:
    """Let one of the tests' own objects hold what the sample's copy holds. Raises CodecError for what it cannot hold."""
    name = _name(value)
    if known(type(value)):
        _apply_instance(value, update)
    elif name == "builtins.list" and type(update) is list:
        value[:] = update
    elif name == "collections.deque" and type(update) is list:
        if value.maxlen is not None and len(update) > value.maxlen:
            raise CodecError("not a deque")
        value.clear()
        value.extend(update)
    elif name in _DICTS and type(update) is list:
        _apply_pairs(value, update)
    elif name == "builtins.set" and type(update) is list:
        fresh = set(checked(update))
        value.clear()
        value.update(fresh)
    elif name == "builtins.bytearray" and type(update) is bytes:
        value[:] = update
    elif name == "array.array" and type(update) is list:
        value[:] = sys.modules["array"].array(value.typecode, update)
    elif name in _FILES and type(update) is tuple:
        _apply_file(value, update)
    elif name == "numpy.ndarray":
        _apply_array(value, update)
    elif name in _FRAMES and type(update) is tuple and len(update) == 2:
        replace(value, update[1])
    else:
        raise CodecError("a change of something that cannot change so")


def _apply_instance(value: Any, update: Any) -> None:
    match update:
        case (base, dict() as state):
            kind = built_in_part(type(value))
            if kind is not None:
                set_part(value, kind, base)
            set_state(value, state)
        case _:
            raise CodecError("not an object's parts")


def _apply_pairs(value: Any, update: list[Any]) -> None:
    if any(type(pair) is not tuple or len(pair) != 2 for pair in update):
        raise CodecError("not pairs")
    refuse_equal_hashes([key for key, _ in update])
    fresh = dict(update)
    value.clear()  # not `dict.clear`, which leaves the order of an OrderedDict as it was
    for key, item in fresh.items():
        value[key] = item


def _apply_file(value: Any, update: tuple[Any, ...]) -> None:
    text, at = update
    if type(text) is not type(value.getvalue()) or type(at) is not int or not 0 <= at <= len(text):
        raise CodecError("not a file's content")
    value.seek(0)
    value.truncate()
    value.write(text)
    value.seek(at)


def _apply_array(value: Any, update: Any) -> None:
    from modelassay.grading.boundary.arrays import build_array

    fresh = build_array(update)
    if fresh.shape == value.shape and fresh.dtype == value.dtype:
        value[...] = fresh
    elif fresh.dtype == value.dtype:
        value.resize(fresh.shape, refcheck=False)
        value[...] = fresh
    else:
        raise CodecError("not this array's items")
