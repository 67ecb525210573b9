"""What is asked: problems, their tests, and sets of them."""

import datetime
from typing import Any, Literal

from modelassay.core.records import Record

Band = Literal["easy", "medium", "hard"]


class Check(Record, tag="check"):
    """HumanEval's form: `source` defines `check(candidate)`, which raises when the sample is wrong.

    setup: trusted source the test may call on (the problem's own helpers); run before `source`.
    """

    source: str
    setup: str = ""


class Asserts(Record, tag="asserts"):
    """MBPP's form: assert statements that call the entry point by name."""

    asserts: tuple[str, ...]
    setup: str = ""


class Pairs(Record, tag="pairs"):
    """EvalPlus's form: argument lists; what is expected is what `reference` returns for them.

    reference: a whole program that defines the entry point, as do `alternatives`: a value that one of
    them returns is right too.
    tolerance: absolute, beside a relative 1e-7, and only between values of one type. 0 means 1e-6 where the
    expected value is a float or a list or tuple of floats, and exact equality everywhere else; None means exact
    equality everywhere.
    hash_seed: PYTHONHASHSEED of the processes the reference runs in; samples have 0. Another one makes every
    answer wrong whose order rests on the hashes of strings, as expected values read from a cache do.
    comparison: how two values are held against each other —
    `equal` (or within `tolerance`), `set` (as sets of the elements), `not-none` (only whether there is
    something: None and False count as nothing), `root` (within `tolerance` of a root of the polynomial
    given as the only argument, lowest power first), `any` (whatever comes back).
    """

    inputs: tuple[Any, ...]
    reference: str
    alternatives: tuple[str, ...] = ()
    tolerance: float | None = 0.0
    hash_seed: int = 0
    comparison: Literal["equal", "set", "not-none", "root", "any"] = "equal"


OutputRule = Literal["livecodebench", "codecontests", "apps", "float", "lines", "exact", "unordered", "checker"]  # fmt: skip


class Programs(Record, tag="programs"):
    """Contest form: a program reads an input from stdin and writes an output to stdout, each test as in a process of its own.

    function: its name where a function is asked for instead, of the module or a method of a class `Solution`; each input is
    then a JSON list of its arguments, each output a JSON value.
    comparison: the rule by which an output is right, one file each in grading/comparisons/output_rules; `checker`:
    `checker` is the source of a function `check(given, expected, output) -> bool`.
    time_limit_seconds: of CPU, for each test; memory_limit_mb: resident, in MiB. all_tests: go on after a failure.
    with_imports: usual names need no import, as in LiveCodeBench's and APPS's judges (grading/sandbox/judge_names.py).
    alternatives: further programs that are said to be right, beside the problem's reference: one of them has to be.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    function: str = ""
    comparison: OutputRule = "lines"
    checker: str = ""
    time_limit_seconds: float = 6.0
    memory_limit_mb: int | None = None
    all_tests: bool = False
    with_imports: bool = False
    alternatives: tuple[str, ...] = ()


Language = Literal["js", "cpp", "java"]


class LanguageTests(Record, tag="language"):
    """MultiPL-E's form: assertions in another language, to follow the sample's function.

    tests: as the set has them, in JavaScript with a function `test`, in C++ and Java from the brace that closes the sample's
    function on. stop_texts: before the first of which a continuation of the prompt ends.
    """

    language: Language
    tests: str
    stop_texts: tuple[str, ...] = ()


class Suite(Record):
    """A named group of tests of one problem. `base` is the benchmark's own; `plus` adds EvalPlus's."""

    name: str
    oracle: Check | Asserts | Pairs | Programs | LanguageTests


class Problem(Record):
    """One problem. `prompt` is the text as the benchmark gives it; `reference` a whole right program.

    signature: `def name(args):`, where the benchmark states it or the reference shows it.
    date: when it was published, where the set says so: a model trained before cannot have seen it.
    """

    id: str
    prompt: str
    entry_point: str
    suites: tuple[Suite, ...]
    reference: str | None = None
    signature: str | None = None
    difficulty: Band | None = None
    date: datetime.date | None = None


class JudgedOtherwise(Record):
    """How many problems of a set another release of its harness may judge otherwise than we do, and why."""

    by: str
    problems: int
    reasons: tuple[str, ...]


class Erratum(Record):
    """A problem that its makers list among their errors, and what they say of it."""

    problem: str
    says: str


class ProblemSet(Record):
    """A benchmark in one version. `sha256` is of the file it was read from."""

    name: str
    version: str
    sha256: str
    licence: str
    problems: tuple[Problem, ...]
