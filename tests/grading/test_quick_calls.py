"""The quick way of answering a plain call says what the general way says."""

import marshal
import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.grading.boundary.wire import PLAIN
from modelassay.grading.sandbox.sample_calls import SampleCalls

# What a program may do with its arguments: change them, return them, share them, keep them, raise.
PROGRAM = """
kept = []
class Thing:
    pass
def same(*a): return a[0] if a else None
def all_of(*a): return a
def last(*a): return a[-1:] and a[-1]
def longer(*a):
    for x in a:
        if type(x) is list: x.append(1)
    return len(a)
def equal_items(*a):
    for x in a:
        if type(x) is list: x[:] = [float(i) if type(i) is int else i for i in x]
    return a[0] if a else 0
def emptied(*a):
    for x in a[:1]:
        if type(x) is list: x.clear()
def nested(*a): return [list(a), {"k": a}, a[0] if a else ()]
def keeps(*a): kept.extend(a); return len(kept)
def changes_kept(*a):
    for x in kept:
        if type(x) is list: x.append(len(a))
    return [type(x).__name__ for x in kept]
def thing(*a): t = Thing(); t.a = a; kept.append(t); return t
def holder(*a): return lambda: a
def items(*a): yield from a
async def later(*a): return a
def a_set(*a): return {x for x in a if type(x) is int}
def large(*a): return "x" * 30_000_000
def much(*a): return [1] * 300_000
def failing(*a): raise ValueError("no", *a)
def stopping(*a): raise StopIteration(a)
def leaving(*a): raise SystemExit(3)
def raises_class(*a): raise KeyError
def to_itself(*a):
    x = []; x.append(x); return x
number = 3
"""
NAMES = [
    "same", "all_of", "last", "longer", "equal_items", "emptied", "nested", "keeps", "changes_kept", "thing", "holder", "items",
    "later", "a_set", "failing", "stopping", "leaving", "raises_class", "to_itself", "number", "Thing", "absent", "len",
]  # fmt: skip
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.binary(max_size=3)
)
ARGUMENT = (
    SCALAR
    | st.lists(SCALAR, max_size=3)
    | st.lists(st.lists(st.integers(), max_size=2), max_size=2)
    | st.tuples(SCALAR)
)
CALL = st.tuples(
    st.sampled_from(NAMES), st.lists(ARGUMENT, max_size=3).map(tuple), st.just({}) | st.just({"k": 1})
)


class Side:
    """One process's side of some calls."""

    def __init__(self) -> None:
        module = types.ModuleType("candidate")
        exec(compile(PROGRAM, "<candidate>", "exec"), module.__dict__)
        self.clock = memoryview(bytearray(16)).cast("Q")
        self.calls = SampleCalls(module, lambda frame: frame, self.clock)

    def answer(self, call: tuple[Any, ...], *, quick: bool) -> bytes:
        raw = PLAIN + marshal.dumps(("C", *call), 2)
        found = self.calls.quick(marshal.loads(raw[1:])) if quick else None
        return self.calls.answer(raw, marshal.loads(raw[1:])) if found is None else found


@pytest.mark.filterwarnings("ignore:coroutine")
@settings(max_examples=80, deadline=None)
@given(st.lists(CALL, min_size=1, max_size=5))
def test_same_answers(calls: list[tuple[Any, ...]]) -> None:
    """Whatever was called before, an answer's bytes are those of the general way."""
    one, other = Side(), Side()
    for call in calls:
        assert one.answer(call, quick=True) == other.answer(call, quick=False)
        assert one.clock[1] == 0  # nothing is being handed over any more


@pytest.mark.parametrize(
    "call",
    [
        ("same", (1,), {"k": 1}),
        ("len", ((),), {}),
        ("Thing", (), {}),
        ("same", ([[1]],), {}),
        ("absent", (), {}),
    ],
    ids=["names", "no function", "a class", "nested", "no such name"],
)
def test_left_to_the_general_way(call: tuple[Any, ...]) -> None:
    """Calls of other kinds are not begun by the quick way."""
    assert Side().calls.quick(("C", *call)) is None


def test_a_changed_argument_is_told() -> None:
    """A list that the call has changed is told with the number that both sides know."""
    assert Side().answer(("longer", ([5],), {}), quick=True)[:1] == b"w"


def test_items_that_are_only_equal_are_a_change() -> None:
    """1 that has become 1.0 is told, as everywhere."""
    assert Side().answer(("equal_items", ([1],), {}), quick=True)[:1] == b"w"


@pytest.mark.parametrize("name", ["large", "much"])
def test_writing_a_large_value_is_not_the_samples_time(name: str) -> None:
    """What writing takes is noted as handing over, for text and for lists."""
    side = Side()
    side.answer((name, (1,), {}), quick=True)
    assert side.clock[0] > 0
