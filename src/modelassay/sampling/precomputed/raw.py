"""One sample as a file holds it, whatever its format."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from modelassay.sampling.precomputed.answer_texts import Answer, UnreadableError, answers_in

LARGEST_INDEX: Final = (1 << 32) - 1  # of a sample within its problem: what a run's order has room for
Row = tuple[int | None, dict[str, Any]]  # its line, where the format has lines
Form = Literal["continuation", "program", "postprocessed", "unknown"]


@dataclass(frozen=True)
class Raw:
    """One sample as found. problem: its id in the set, None when the set has none such.

    named: how the file names the problem, for messages. index: where the file numbers its samples itself.
    null: the file holds nothing where the answer should be.
    """

    problem: str | None
    named: str
    text: str
    form: Form
    index: int | None = None
    extra: Mapping[str, Any] | None = None
    null: bool = False


class MalformedError(ValueError):
    """A row that cannot be a sample, and why."""


class Chosen(Iterable[Row]):
    """Some of the rows of a file, which may be iterated as often as the file may."""

    def __init__(self, rows: Iterable[Row], choose: Callable[[dict[str, Any]], bool]) -> None:
        self._rows, self._choose = rows, choose

    def __iter__(self) -> Iterator[Row]:
        return ((line, row) for line, row in self._rows if self._choose(row))


def raws(problem: str | None, named: str, value: object, key: str, form: Form) -> list[Raw]:
    """Each answer of a value. Raises MalformedError, with the key that holds it."""
    try:
        found = answers_in(value)
    except UnreadableError as error:
        raise MalformedError(f"`{key}` {error}") from error
    return [raw(problem, named, answer, form) for answer in found]


def raw(problem: str | None, named: str, answer: Answer, form: Form) -> Raw:
    """One answer."""
    ended = answer.ended if answer.ended in ("stop", "length") else None
    return Raw(problem, named, answer.text, form, extra={"finish_reason": ended}, null=answer.null)


def text_under(row: Mapping[str, Any], key: str) -> str:
    """The text under a key. Raises MalformedError."""
    value = row.get(key)
    if value is None:
        raise MalformedError(f"no `{key}`")
    if not isinstance(value, str):
        raise MalformedError(f"`{key}` is not a text")
    return value
