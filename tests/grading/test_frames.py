"""pandas' objects as arguments and answers: dtype, index, names, order and what is missing survive, and no forgery passes."""

from collections.abc import Iterator
from textwrap import indent

import pytest

from modelassay.core.errors import UnjudgeableError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.frames import BUILDERS, frame_parts
from modelassay.grading.sandbox.limits import Limits

pandas = pytest.importorskip("pandas")
SETUP = "import numpy as np\nimport pandas as pd\n"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all tests here, whose samples have pandas."""
    with Grader(Limits(packages=("pandas",), sealed=False)) as opened:
        yield opened


def graded(grader: Grader, checks: str, program: str, reference: str | None = None) -> Grade:
    source = SETUP + "def check(candidate):\n" + indent(checks, "    ")
    problem = Problem(
        id="p", prompt="def f(*a):\n", entry_point="f", reference=reference,
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip
    return grader.grade(problem, [Completion(problem="p", index=0, text=program, form="program")])[0]


OBJECTS = {
    "frame": "pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': [1.5, np.nan], 'd': [True, False]}, index=['p', 'q'])",
    "frame of nothing": "pd.DataFrame({'a': []})",
    "frame with equal names": "pd.DataFrame([[1, 2], [3, 4]], columns=['a', 'a'])",
    "frame by dates": "pd.DataFrame({'v': [1, 2]}, index=pd.date_range('2026-01-01', periods=2))",
    "frame by levels": "pd.DataFrame({'v': [1, 2]}, index=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['x', 'y']))",
    "frame of lists": "pd.DataFrame({'v': [[1], [2, 3]], 'w': [{'k': 1}, None]})",
    "series": "pd.Series([1, 2], index=['a', 'b'], name='n', dtype='int8')",
    "series of texts": "pd.Series(['a', None], dtype='string')",
    "series of objects": "pd.Series(['a', 1, None], dtype=object)",
    "series of whole numbers, one missing": "pd.Series([1, None], dtype='Int64')",
    "series of truth, one missing": "pd.Series([True, None], dtype='boolean')",
    "series of categories": "pd.Series(pd.Categorical(['b', 'a', 'b'], categories=['b', 'a'], ordered=True))",
    "series of zoned dates": "pd.Series(pd.date_range('2026-01-01', periods=2, tz='Europe/Berlin'))",
    "series of spans": "pd.Series(pd.to_timedelta([1, 2], unit='h'))",
    "series of periods": "pd.Series(pd.period_range('2026-01', periods=2, freq='M'))",
    "series of intervals": "pd.Series(pd.interval_range(0, 3))",
    "index": "pd.Index(['a', 'b'], name='n')",
    "index of a range": "pd.RangeIndex(1, 9, 3)",
    "index of categories": "pd.CategoricalIndex(['a', 'b', 'a'])",
}


def test_objects_arrive_and_come_back_as_they_were(grader: Grader) -> None:
    """Each is handed over, looked at there, handed back, and equal by pandas' own comparison, down to dtype and frequency."""
    equal = "{'DataFrame': pd.testing.assert_frame_equal, 'Series': pd.testing.assert_series_equal}"
    checks = "".join(
        f"x = {made}\nr, kind = candidate(x)\nassert r is not x and kind == type(x).__name__, {name!r}\n"
        f"{equal}.get(kind, pd.testing.assert_index_equal)(r, x)\n"
        for name, made in OBJECTS.items()
    )
    grade = graded(grader, checks, "def f(x): return x.copy(), type(x).__name__")
    assert grade.outcome == "passed", grade.detail


def test_scalars(grader: Grader) -> None:
    """Moments, with and without a zone, spans, periods, intervals, and the two that are missing."""
    checks = (
        "for x in (pd.Timestamp('2026-01-31 12:00'), pd.Timestamp('2026-07-01', tz='Europe/Berlin'), pd.Timedelta('1D'),\n"
        "          pd.Period('2026-01', 'M'), pd.Interval(1, 2, 'left')):\n    r = candidate(x)\n    assert r == x and type(r) is type(x)\n"
        "assert candidate(pd.NaT) is pd.NaT and candidate(pd.NA) is pd.NA"
    )
    assert graded(grader, checks, "def f(x): return x").outcome == "passed"


@pytest.mark.parametrize(
    ("made", "program", "after"),
    [
        ("pd.DataFrame({'a': [1, 2]})", "def f(x): x['b'] = 2 * x['a']", "list(x.columns) == ['a', 'b'] and x['b'].sum() == 6"),
        ("pd.DataFrame({'a': [2, 1]})", "def f(x): x.sort_values('a', inplace=True)", "x['a'].tolist() == [1, 2]"),
        ("pd.Series([1, 2])", "def f(x): x.iloc[0] = 9", "x.tolist() == [9, 2]"),
    ],
)  # fmt: skip
def test_changes_in_place_are_seen(grader: Grader, made: str, program: str, after: str) -> None:
    """What a sample does to a frame of the tests', they see."""
    assert graded(grader, f"x = {made}\ncandidate(x)\nassert {after}", program).outcome == "passed"


def test_wrong_frames_fail(grader: Grader) -> None:
    """Another dtype, name or order is another frame."""
    checks = "pd.testing.assert_series_equal(candidate(), pd.Series([1, 2], name='n'))"
    for made in ("[1.0, 2.0], name='n'", "[1, 2], name='m'", "[2, 1], name='n'"):
        program = f"import pandas as pd\ndef f(): return pd.Series({made})"
        assert graded(grader, checks, program).outcome == "failed"


def test_without_pandas_in_the_sandbox_the_problem_is_named() -> None:
    """Samples that cannot have been given their argument are not to blame."""
    with Grader() as grader, pytest.raises(UnjudgeableError, match="--packages pandas admits it"):
        graded(grader, "assert candidate(pd.Series([1])) == 1", "def f(x): return 1")


FORGED = {
    "columns that are too short": ("pandas DataFrame", (("range", (0, 1, 1), None), [("text", (["a"], "nan"))], ("range", (0, 2, 1), None))),
    "more columns than names": ("pandas DataFrame", (("range", (0, 0, 1), None), [("text", (["a"], "nan"))], ("range", (0, 1, 1), None))),
    "a range without end": ("pandas index", ("range", (0, 1 << 60, 1), None)),
    "a step of nothing": ("pandas index", ("range", (0, 1, 0), None)),
    "codes beyond the categories": ("pandas Categorical", ("category", ([5], ("range", (0, 2, 1), None), False))),
    "a zone that is a file": ("pandas Timestamp", (0, "dateutil/../etc/zone")),
    "no frequency": ("pandas Period", (1, "../x")),
    "a kind that is none": ("pandas Series", (("code", ()), ("range", (0, 0, 1), None), None)),
    "no parts": ("pandas DataFrame", 7),
}  # fmt: skip


@pytest.mark.parametrize(("name", "parts"), FORGED.values(), ids=FORGED.keys())
def test_forged_parts_are_refused(name: str, parts: object) -> None:
    """What no object of pandas can have is refused before or by pandas, and never becomes one."""
    with pytest.raises((CodecError, ValueError)):
        BUILDERS[name](parts)


def test_a_class_that_calls_itself_a_frame_is_none() -> None:
    """Its parts cannot be had, so it stays where it is."""
    assert frame_parts(object(), type("DataFrame", (), {"__module__": "pandas"})) is None
