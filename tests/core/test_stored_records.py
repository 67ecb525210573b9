"""Records that stay on disk until they are looked at."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.store import Journal, encode_line, write_records
from modelassay.core.stored_records import Stored


def some(count: int) -> list[Completion]:
    return [Completion(problem="p", index=i, text=f"text {i}\n") for i in range(count)]


def test_stored_records_are_in_order_and_the_last_of_a_key_counts(tmp_path: Path) -> None:
    """A journal in which candidates came in any order, one of them twice."""
    path = tmp_path / "a.jsonl"
    again = Completion(problem="p", index=1, text="again")
    write_records(path, [some(3)[2], *some(2), again])

    stored = Stored(path, Completion, key=lambda c: c.index)

    assert list(stored) == [some(1)[0], again, some(3)[2]]
    assert stored[1:] == [again, some(3)[2]]
    assert stored[-1] == some(3)[2]
    assert list(Stored(path, Completion, lambda c: c.index, lambda c: c.text != "again")) == some(3)


def test_stored_records_in_any_order_of_the_file(tmp_path: Path) -> None:
    """Lines that are read together, lines that lie apart, and a record that is longer than what is read at once."""
    path = tmp_path / "a.jsonl"
    records = some(2000)
    records[700] = Completion(problem="p", index=700, text="long" * 50_000)
    mixed = [*records[900:], *records[300:900:2], *records[:300], *records[301:900:2]]
    write_records(path, mixed)

    stored = Stored(path, Completion, key=lambda c: c.index)

    assert list(stored) == records
    assert stored[250:1100] == records[250:1100]


def test_groups_of_stored_records(tmp_path: Path) -> None:
    """Those whose keys agree but for their lowest bits lie together."""
    path = tmp_path / "a.jsonl"
    write_records(path, [some(9)[n] for n in (4, 0, 1, 8, 5)])

    stored = Stored(path, Completion, key=lambda c: c.index, shift=2)

    assert [[c.index for c in stored[group]] for group in stored.groups()] == [[0, 1], [4, 5], [8]]
    assert Stored(tmp_path / "none.jsonl", Completion, key=lambda c: c.index).groups() == []


def test_stored_records_outlast_their_file(tmp_path: Path) -> None:
    """What was there when it was opened is what is read, though the file grows and is replaced."""
    path = tmp_path / "a.jsonl"
    write_records(path, some(2))
    stored = Stored(path, Completion, key=lambda c: c.index)

    with Journal(path, Completion) as journal:
        journal.append(some(3)[2:])
    write_records(path, [])

    assert list(stored) == some(2)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_being_read_outlasts_stored_records(tmp_path: Path, order: int) -> None:
    """Whoever goes through the records needs nothing but what they are read from."""
    path = tmp_path / "a.jsonl"
    write_records(path, some(3)[::order])

    assert list(iter(Stored(path, Completion, key=lambda c: c.index))) == some(3)


def test_stored_records_of_no_file(tmp_path: Path) -> None:
    """None, as in an empty file."""
    stored = Stored(tmp_path / "none.jsonl", Completion, key=lambda c: c.index)

    assert (len(stored), list(stored)) == (0, [])


def test_a_broken_line_stops_stored_records(tmp_path: Path) -> None:
    """It is named as everywhere else."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_line(some(1)[0]) + b'{"problem": 3}\n')

    with pytest.raises(InputError, match=r"a\.jsonl:2: broken record"):
        Stored(path, Completion, key=lambda c: c.index)


@given(st.lists(st.tuples(st.integers(0, 150), st.booleans()), max_size=200), st.booleans(), st.data())
def test_stored_records_are_those_of_a_list(
    tmp_path_factory: pytest.TempPathFactory,
    written: list[tuple[int, bool]],
    ordered: bool,
    data: st.DataObject,
) -> None:
    """In order or not, with records twice, some left out, blank lines between: the same as all of them in memory."""
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    if ordered:
        written = sorted(dict(written).items())
    records = [
        Completion(problem="pq"[kept], index=index, text=f"{at}" * (at % 7 * 1000))
        for at, (index, kept) in enumerate(written)
    ]
    lines = [encode_line(record) + b"\n" * (record.index % 3 == 0) for record in records]
    path.write_bytes(b"".join(lines))

    stored = Stored(path, Completion, lambda c: c.index, lambda c: c.problem == "q", shift=3, item=1)

    expected = [r for _, r in sorted({r.index: r for r in records if r.problem == "q"}.items())]
    assert list(stored) == expected
    assert list(stored.every_key()) == [r.index for r in expected]
    assert [r for group in stored.groups() for r in stored[group]] == expected
    assert len(stored.groups()) == len({r.index >> 3 for r in expected})
    assert stored.number_of_items == len({r.index >> 1 for r in expected})
    begin, end = (data.draw(st.integers(-160, 160)) for _ in range(2))
    step = data.draw(st.sampled_from([1, 2, 5, -1]))
    assert stored[begin:end:step] == expected[begin:end:step]
    assert [stored[at] for at in range(-len(expected), len(expected))] == expected * 2


def test_records_in_order_cost_next_to_nothing(tmp_path: Path) -> None:
    """A file of 50,000 in order is kept in memory as some of its places: under a byte a record."""
    path = tmp_path / "a.jsonl"
    write_records(path, some(50_000))
    tracemalloc.start()
    stored = Stored(path, Completion, key=lambda c: c.index, shift=20)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(stored) == 50_000
    assert size < 50_000


def test_a_journal_whose_records_are_read_next_counts_its_lines(tmp_path: Path) -> None:
    """Without looking into them; blank lines are none."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_line(some(1)[0]) + b"\n" + encode_line(some(2)[1]))
    with Journal(path, Completion, read_next=True) as journal:
        assert journal.lines == 2
        journal.append(some(3)[2:])
        assert journal.lines == 3
