"""What a task is about: the records of its parts, and where its items come from."""

from dataclasses import dataclass

from demo_tasks.draft import Draft


@dataclass(frozen=True)
class Source:
    """Where the items come from. `own`: they are an argument, so that positions and slices make sense."""

    kind: str  # int, word or char
    plural: str
    single: str
    place: str  # " in a list"
    var: str
    iterable: str
    own: bool = True
    condition: str = ""


@dataclass(frozen=True)
class Predicate:
    """A property: `are`/`is_` are verb phrases, `adjective` and `bare` stand before and after the noun."""

    are: str
    is_: str
    code: str
    adjective: str = ""
    bare: str = ""


@dataclass(frozen=True)
class Mapping:
    """What becomes of an item: as a noun (`squares`), as a verb (`square {}`), as code; `kind` of the result."""

    code: str
    kind: str
    plural: str = ""
    single: str = ""
    verb: str = ""


def number_source(d: Draft) -> Source:
    """Whole numbers: mostly a list, else a range, digits, divisors, dictionary values or a matrix."""
    plural, single = d.rng.choice(
        [("numbers", "number")] * 6 + [("integers", "integer"), ("values", "value"), ("elements", "element")]
    )
    kind = d.rng.choices(
        ["list", "range", "between", "digits", "divisors", "dict", "matrix"], [66, 8, 3, 7, 5, 6, 5]
    )[0]
    match kind:
        case "list":
            return _source_list(d, plural, single)
        case "range":
            return _source_range(d, plural, single)
        case "between":
            return _source_between(d, plural, single)
        case "digits":
            return _source_digits(d, plural, single)
        case "divisors":
            return _source_divisors(d, plural, single)
        case "dict":
            return _source_dict(d, plural, single)
    return _source_other(d, plural, single)


def _source_list(d: Draft, plural: str, single: str) -> Source:
    name = d.param("numbers", "numbers", "numbers", "nums", "values", "data", "scores", "items", "changes")
    place = d.pick(" in a list", " in a list", " in a list", " of a list", " in the given list")
    place = d.pick(place, place, place, " in a list of integers", " in a list of numbers")
    return Source("int", plural, single, place, "x", name)


def _source_range(d: Draft, plural: str, single: str) -> Source:
    n = d.param("n", "n", "n", "limit", "stop")
    place = d.pick(f" from 1 to {n}", f" from 1 to {n}", f" from 1 up to {n}", f" up to {n}")
    d.called("upto", "up_to", "range", "first")
    return Source("int", "numbers", "number", place, "x", f"range(1, {n} + 1)", own=False)


def _source_between(d: Draft, plural: str, single: str) -> Source:
    low = d.param("low", "start", "a", "first")
    high = d.param("high", "stop", "b", "last")
    d.called("between", "range")
    return Source(
        "int", "numbers", "number", f" from {low} to {high}", "x", f"range({low}, {high} + 1)", False
    )


def _source_digits(d: Draft, plural: str, single: str) -> Source:
    n = d.param("n", "n", "number", "num")
    whole = d.pick("a non-negative integer", "a non-negative whole number", "a number", "an integer", n)
    d.called("digits", "digit")
    return Source("int", "digits", "digit", f" of {whole}", "x", f"map(int, str({n}))", own=False)


def _source_divisors(d: Draft, plural: str, single: str) -> Source:
    n = d.param("n", "n", "number", "num")
    whole = d.pick("a positive integer", "a positive integer", "a number", n)
    d.called("divisors", "divisor")
    word = d.pick("divisor", "divisor", "factor")
    return Source("int", f"{word}s", word, f" of {whole}", "x", f"range(1, {n} + 1)", False, f"{n} % x == 0")


def _source_dict(d: Draft, plural: str, single: str) -> Source:
    table = d.param("table", "data", "prices", "scores", "counts")
    d.called("values", "entries", "dict")
    return Source(
        "int",
        "values",
        "value",
        d.pick(" in a dictionary", " of a dictionary"),
        "x",
        f"{table}.values()",
        False,
    )


def _source_other(d: Draft, plural: str, single: str) -> Source:
    matrix = d.param("matrix", "matrix", "rows", "grid")
    d.called("matrix", "grid")
    place = d.pick(" in a matrix", " of a matrix", " in a list of lists")
    return Source("int", plural, single, place, "x", f"sum({matrix}, [])", False)


def word_source(d: Draft) -> Source:
    """Words of a list, of a text, or the keys of a dictionary."""
    kind = d.rng.choices(["list", "text", "keys"], [70, 24, 6])[0]
    if kind == "list":
        name = d.param("words", "words", "words", "names", "items", "strings")
        plural, single = d.rng.choice([("words", "word")] * 4 + [("strings", "string"), ("names", "name")])
        place = d.pick(" in a list", " in a list", " of a list", " in the given list")
        return Source("word", plural, single, place, "w", name)
    if kind == "text":
        name = d.param("text", "text", "sentence", "line", "s")
        place = d.pick(" of a text", " in a text", " of a sentence", " in a string", " of a text")
        return Source("word", "words", "word", place, "w", f"{name}.split()", own=False)
    table = d.param("table", "data", "prices", "scores")
    d.called("keys", "key")
    return Source(
        "word", "keys", "key", d.pick(" of a dictionary", " in a dictionary"), "w", table, own=False
    )


def char_source(d: Draft) -> Source:
    """The characters of a text."""
    name = d.param("text", "text", "text", "word", "s", "line")
    plural, single = d.rng.choice([("characters", "character"), ("letters", "letter")])
    place = d.pick(" of a text", " of a text", " in a text", " in a string", " of a string", " of a word")
    return Source("char", plural, single, place, "c", name)
