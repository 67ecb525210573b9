"""Grades of honest and broken candidates under each form of tests."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import SandboxError
from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Suite
from modelassay.grading import Grader, Limits, pool, workers
from modelassay.grading.pool import Pool, PoolOptions, Tally, grade_many
from modelassay.grading.sandbox.process_start import SandboxSettings

CHECK = """
def check(candidate):
    assert candidate(2, 3) == 5
    assert candidate(-4, 9) == 5
"""
PROMPT = 'def add(a, b):\n    """Add two numbers."""\n'
REFERENCE = "def add(a, b):\n    return a + b\n"
ADD = Problem(
    id="add", prompt=PROMPT, entry_point="add", suites=(Suite(name="base", oracle=Check(source=CHECK)),)
)
ADD_ASSERTS = Problem(
    id="add-asserts",
    prompt="Write a function that adds two numbers.",
    entry_point="add",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5", "assert add(1, 1) == 2"))),),
    reference=REFERENCE,
)
ADD_PAIRS = Problem(
    id="add-pairs",
    prompt=PROMPT,
    entry_point="add",
    suites=(
        Suite(name="base", oracle=Pairs(inputs=([1, 2], [3, 4]), reference=REFERENCE)),
        Suite(name="plus", oracle=Pairs(inputs=([1, 2], [3, 4], [0.1, 0.2]), reference=REFERENCE)),
    ),
    reference=REFERENCE,
)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


@pytest.mark.parametrize("problem", [ADD, ADD_ASSERTS, ADD_PAIRS], ids=lambda p: p.id)
@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("def add(a, b):\n    return a + b\n", "passed"),
        ("def add(a, b):\n    return a - b\n", "failed"),
        ("def add(a, b):\n    return undefined\n", "error"),
        ("def add(a, b:\n", "error"),
        ("", "no-program"),
        ("import os\nos._exit(0)\ndef add(a, b):\n    return a + b\n", "crashed"),
        ("def add(a, b):\n    import os\n    os.kill(os.getpid(), 11)\n", "crashed"),
        ("def add(a, b):\n    return [0] * (1 << 32)\n", "out-of-memory"),
        ("def add(a, b):\n    return 'x' * (1 << 26)\n", "output-flood"),
        ("def add(a, b):\n    raise SystemExit\n", "error"),
    ],
)
def test_outcomes(grader: Grader, problem: Problem, program: str, outcome: str) -> None:
    """Each way to end has its outcome, whatever the form of the tests."""
    assert grader.grade(problem, [program])[0].outcome == outcome


def pairs(reference: str, *arguments: object, tolerance: float | None = 0.0, hash_seed: int = 0) -> Problem:
    """A problem `f` graded by what its reference returns."""
    oracle = Pairs(
        inputs=tuple([a] for a in arguments), reference=reference, tolerance=tolerance, hash_seed=hash_seed
    )
    suites = (Suite(name="base", oracle=oracle),)
    return Problem(id="f", prompt="", entry_point="f", suites=suites, reference=reference)


@pytest.mark.parametrize(("tolerance", "outcome"), [(0.0, "passed"), (None, "failed")])
def test_exact_comparison(grader: Grader, tolerance: float | None, outcome: str) -> None:
    """Without a tolerance a float must be the reference's to the last digit."""
    problem = pairs("def f(x):\n    return x + 0.1 + 0.2\n", 0.0, tolerance=tolerance)

    assert grader.grade(problem, ["def f(x):\n    return x + 0.3\n"])[0].outcome == outcome


@pytest.mark.parametrize(("seed", "outcome"), [(0, "passed"), (1, "failed")])
def test_hash_order(grader: Grader, seed: int, outcome: str) -> None:
    """Where the reference ran under another hash seed, an answer in hash order is wrong; its own as well."""
    program = "def f(words):\n    return list(set(words))\n"
    problem = pairs(program, [*"abcdefghijklmnop"], hash_seed=seed)

    assert grader.grade(problem, [program])[0].outcome == outcome


def test_timeout(grader: Grader) -> None:
    """A loop that cannot be proved endless is ended by its CPU time, a sleep by its idleness."""
    programs = [
        "import random\ndef add(a, b):\n    while random.random() < 2: pass\n",
        "import time\ndef add(a, b):\n    time.sleep(99)\n",
    ]

    grades = grader.grade(ADD_ASSERTS, programs)

    assert [g.outcome for g in grades] == ["timed-out", "timed-out"]
    assert 0.9 < grades[0].run_seconds < 2  # of CPU: one call's limit, not what loading may take


def test_plus_needs_base(grader: Grader) -> None:
    """The second suite is passed only by who passed the first, and tests more."""
    integers_only = "def add(a, b):\n    return int(a) + int(b)\n"

    grades = grader.grade(ADD_PAIRS, [REFERENCE, integers_only])

    assert [(g.suite, g.outcome) for g in grades] == [
        ("base", "passed"),
        ("plus", "passed"),
        ("base", "passed"),
        ("plus", "failed"),
    ]


def test_detail_says_call_and_values(grader: Grader) -> None:
    """A failure names the call, what came back and what was expected."""
    detail = grader.grade(ADD_PAIRS, ["def add(a, b):\n    return 7\n"])[0].detail

    assert "add(1, 2)" in detail
    assert "returned 7" in detail
    assert "expected 3" in detail


def test_indices_are_the_callers(grader: Grader) -> None:
    """Completions keep their own index, equal ones included."""
    completions = [Completion(problem="add", index=i, text="    return a + b") for i in (7, 3)]

    assert [g.index for g in grader.grade(ADD, completions)] == [7, 3]


def test_changed_arguments_are_seen() -> None:
    """A test that looks at its own list after the call sees what the candidate did to it."""
    problem = Problem(
        id="sort",
        prompt="Sort a list in place.",
        entry_point="sort",
        suites=(
            Suite(
                name="base",
                oracle=Asserts(setup="x = [3, 1, 2]", asserts=("sort(x)", "assert x == [1, 2, 3]")),
            ),
        ),
    )
    with Grader() as grader:
        grades = grader.grade(
            problem, ["def sort(x):\n    x.sort()\n", "def sort(x):\n    return sorted(x)\n"]
        )

    assert [g.outcome for g in grades] == ["passed", "failed"]


def test_classes_of_the_candidate() -> None:
    """Tests may build the candidate's own classes; the objects stay on its side of the trust boundary."""
    problem = Problem(
        id="tree",
        prompt="Sum a tree of Node(value).",
        entry_point="total",
        suites=(
            Suite(
                name="base",
                oracle=Asserts(
                    setup="root = Node(1)\nroot.left = Node(2)", asserts=("assert total(root) == 3",)
                ),
            ),
        ),
    )
    right = (
        "class Node:\n    def __init__(self, v):\n        self.v, self.left = v, None\n"
        "def total(n):\n    return 0 if n is None else n.v + total(n.left)\n"
    )
    with Grader() as grader:
        grades = grader.grade(problem, [right, right.replace("n.v +", "n.v -")])

    assert [(g.outcome, g.mode) for g in grades] == [("passed", "border"), ("failed", "border")]


def test_candidates_may_import_numpy(grader: Grader) -> None:
    """The one package beside the standard library that published solutions use."""
    program = "import numpy\n\ndef add(a, b):\n    return int(numpy.add(a, b))\n"

    assert [g.outcome for g in grader.grade(ADD, [program])] == ["passed"]


def test_a_fresh_candidate_has_no_buffers_loaded(grader: Grader) -> None:
    """With `array` or `numpy` loaded every answer takes the codec's slow writer, and a large one too much memory."""
    program = "import sys\n\ndef loaded():\n    return [m for m in ('array', 'numpy') if m in sys.modules]\n"
    tests = Check(source="def check(candidate):\n    assert candidate() == []\n")
    problem = Problem(
        id="loaded", prompt="", entry_point="loaded", suites=(Suite(name="base", oracle=tests),)
    )

    assert [g.outcome for g in grader.grade(problem, [program])] == ["passed"]


def test_a_program_that_changes_its_mind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal candidates are run once, and some of them again: another verdict then is said."""
    monkeypatch.setattr(pool, "AGAIN", 1)
    program = "import time\ndef add(a, b):\n    return a + b + (time.monotonic_ns() // 1000) % 2\n"
    stable = Completion(problem="add", index=9, text=REFERENCE, form="program")
    listed = [Completion(problem="add", index=n, text=program + f"x = {n // 2}\n") for n in range(60)]
    tally = Tally()

    grades = [g for batch in grade_many([(ADD, [*listed, stable])], tally=tally) for g in batch]

    assert len(grades) == 61
    assert tally.executed == 31
    assert set(tally.unstable) == {"add"}


def test_sets_cross_in_their_own_order() -> None:
    """A set literal's order is not that of a set that grew item by item; a program sees the literal's.

    In a fresh test runner, which has loaded nothing that would make it write values in the slower way.
    """
    listed = "assert as_list({12, 13, 14, 15, 16}) == [16, 12, 13, 14, 15]"
    assert list({12, 13, 14, 15, 16}) == [16, 12, 13, 14, 15], "this Python lays sets out otherwise"
    problem = Problem(
        id="order", prompt="List a set.", entry_point="as_list",
        suites=(Suite(name="base", oracle=Asserts(asserts=(listed,))),),
    )  # fmt: skip

    with Grader() as fresh:
        assert fresh.grade(problem, ["def as_list(s):\n    return list(s)\n"])[0].outcome == "passed"


def test_a_returned_set_keeps_its_order() -> None:
    listed = "assert list(the_set(0)) == [16, 12, 13, 14, 15]"
    problem = Problem(
        id="order",
        prompt="A set.",
        entry_point="the_set",
        suites=(Suite(name="base", oracle=Asserts(asserts=(listed,))),),
    )
    with Grader() as fresh:
        assert (
            fresh.grade(problem, ["def the_set(n):\n    return {12, 13, 14, 15, 16}\n"])[0].outcome
            == "passed"
        )


def test_work_may_come_later() -> None:
    """Where no work is there at the moment the grader goes on with what it has, and takes more when it comes."""
    seen: list[str] = []

    def arriving() -> Iterator[tuple[Problem, list[Completion]] | None]:
        yield ADD, [Completion(problem="add", index=0, text=REFERENCE, form="program")]
        while not seen:
            yield None
        yield ADD_ASSERTS, [Completion(problem="add-asserts", index=0, text=REFERENCE, form="program")]

    for grades in grade_many(arriving()):
        seen += [grade.problem for grade in grades]

    assert seen == ["add", "add-asserts"]


@pytest.mark.alone
def test_stopping_keeps_what_is_done() -> None:
    """An end that comes while a problem is at work: its verdicts so far are given at once, and no more is begun."""
    slow = [f"def add(a, b):\n    while a: a += {n}\n" for n in range(1, 41)]
    texts = [REFERENCE, *slow]
    work = [(ADD, [Completion(problem="add", index=n, text=t, form="program") for n, t in enumerate(texts)])]
    options = PoolOptions(timeout=0.2)
    deadline = time.monotonic() + 3

    with Pool(options) as test_runners:
        got = list(test_runners.grade([*work, None], Tally(), stop=lambda: time.monotonic() > deadline))

    assert time.monotonic() < deadline + 2  # the whole takes eight seconds at least
    ((first, *rest),) = got
    assert (first.index, first.outcome) == (0, "passed")
    assert {g.outcome for g in rest} <= {"timed-out"}
    assert len(rest) < 40


def test_a_sandbox_that_cannot_be_built_says_why() -> None:
    """The first server is started beside the test runner; what it says last still reaches the caller."""
    with pytest.raises(SandboxError, match=r"did not start: OSError: .* mount .*/tmp"):
        Grader(Limits(tmp_bytes=-1)).grade(ADD, [REFERENCE])


def test_tests_that_cannot_be_read_are_no_models_fault(grader: Grader) -> None:
    """Nothing is graded, the reason is said, and the test runner goes on with other problems."""
    broken = Problem(
        id="broken",
        prompt=PROMPT,
        entry_point="add",
        suites=(Suite(name="base", oracle=Check(source="def check(:")),),
    )
    with pytest.raises(SandboxError, match="broken not graded: its tests cannot be read: SyntaxError"):
        grader.grade(broken, [REFERENCE])
    assert grader.grade(ADD, [REFERENCE])[0].outcome == "passed"


@pytest.mark.parametrize("imported", ["random", "statistics"])
def test_the_first_candidate_draws_what_the_others_draw(imported: str) -> None:
    """A server gets ready little by little; what programs draw does not depend on how far it has come."""
    drawn = {"random": "random.random()", "statistics": "statistics.NormalDist().samples(1)"}[imported]
    draws = f"import {imported}\ndef add(a, b):\n    return {drawn}\n"
    with Grader(dedupe=False) as fresh:
        (first, *others) = fresh.grade(ADD, [draws] * 20)
    assert first.outcome == "failed"
    assert {g.detail for g in others} == {first.detail}


def test_a_program_that_outlives_its_candidate_is_not_the_next_ones_end(grader: Grader) -> None:
    """Children that end late, and signals that say one has, come between candidates that take their time."""
    stray = (
        "import os, signal, time\n"
        "def add(a, b):\n"
        "    for _ in range(3):\n"
        "        if os.fork() == 0:\n"
        "            os.kill(1, signal.SIGCHLD)\n"
        "            time.sleep(0.02)\n"
        "            os._exit(0)\n"
        "    return a + b\n"
    )
    slow = "import time\ndef add(a, b):\n    time.sleep(0.03)\n    return a + b\n"
    assert {g.outcome for g in grader.grade(ADD, [slow, *[stray, slow] * 5])} <= {"passed", "error"}
    assert {g.outcome for g in grader.grade(ADD, [slow, stray, slow])[::2]} == {"passed"}


@pytest.mark.parametrize("allow", [False, True])
def test_nothing_runs_in_a_weak_sandbox_that_is_not_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, allow: bool
) -> None:
    """Not even the first candidate, while its caller has yet to hear how weak the sandbox is."""
    monkeypatch.setattr(workers, "sandbox_settings", lambda limits: SandboxSettings(without=("namespaces",)))
    canary = tmp_path / "canary"
    program = f"open({str(canary)!r}, 'w').close()\n{REFERENCE}"
    grader = Grader(allow_weak=allow)
    if allow:
        assert grader.grade(ADD, [program])[0].outcome == "passed"
    else:
        with pytest.raises(SandboxError, match="too weak for strangers' code: namespaces"):
            grader.grade(ADD, [program])
    grader.close()
    assert canary.exists() == allow


@pytest.mark.parametrize(
    "other",
    [
        "def add(a, b):\n\xa0\n    return a + b\n",
        "def add(a, b):\n    return \\ \n a + b\n",
        "def add(a, b): # x\r    return 0\r    return a + b\n",
        "def add(a, b):\n    return a + b  \n",
        "# \ud800\ndef add(a, b):\n    return a + b\n",
        "def add(a, b):\n    return a + b\n\x0c",
        "def add(a, b):\n    return a + b\r\n",
        "\n# a comment\ndef add(a, b):\n    return a + b\n",
    ],
)
def test_only_the_same_text_is_run_once(grader: Grader, other: str) -> None:
    """A blank, a comment or a line's end more is another program, which may have another verdict."""
    alone = [grader.grade(ADD, [text])[0].outcome for text in (REFERENCE, other)]
    together = [grade.outcome for grade in grader.grade(ADD, [REFERENCE, other])]
    reversed_ = [grade.outcome for grade in grader.grade(ADD, [other, REFERENCE])]

    assert together == alone == reversed_[::-1]


FED_BACK = """
import sys
def add(a, b=0):
    frame, found = sys._getframe(), b""
    while frame is not None:
        found += b"".join(bytes(v) for v in frame.f_locals.values() if isinstance(v, (bytes, memoryview)))
        frame = frame.f_back
    raise SystemExit(repr(found))
"""


@pytest.mark.parametrize(
    ("test", "secret"),
    [
        ("assert candidate(candidate('x' * 3)) == 'secretsecretxxx'", "secret"),
        (
            "y = candidate('x')\n    if y == 'secretx': candidate('branch')\n    else: candidate('other')",
            "branch",
        ),
        ("y = [candidate('x')]\n    assert candidate(','.join(y)) == 'secret' + y[0]", "secret"),
        ("assert candidate(len(candidate('x')))", "\\x07\\x00\\x00\\x00"),
        ("x = ['a']\n    candidate(x)\n    candidate(x)", "secret"),
        ("for c in candidate('x'):\n        assert candidate(c)", "secret"[:1] + "\\x00"),
        ("try: assert candidate('x') == 1\n    except AssertionError: candidate('handled')", "handled"),
    ],
)
def test_no_answer_is_sent_ahead(grader: Grader, test: str, secret: str) -> None:
    """What a test feeds back, or decides by an answer, is not in the process before it has answered."""
    reference = (
        "def add(a):\n    if isinstance(a, list):\n        a.append('secret')\n        return a\n"
        "    return f'secret{a}' if a != 7 else 'secret'\n"
    )
    source = f"def check(candidate):\n    {test}\n"
    suites = (Suite(name="base", oracle=Check(source=source)),)
    problem = Problem(id="fed", prompt="def add(a):\n", entry_point="add", suites=suites, reference=reference)

    (grade,) = grader.grade(problem, [FED_BACK])

    assert grade.outcome == "error"
    assert "SystemExit" in grade.detail
    assert secret not in grade.detail
