"""Programs that look alike are not taken for one: each has the verdict that it has alone, whatever stands beside it."""

import random
import tokenize
from io import BytesIO

from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader

PROGRAM = '''# adds
def add(a, b):
    """The sum."""
    total = (a +
             b)
    if total:  # not nothing
        note = "a  b # c"

        return total
    return 0
'''
ADD = Problem(
    id="add", prompt="", entry_point="add",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5", "assert add(1, -1) == 0"))),),
)  # fmt: skip
# What is hardly seen: blanks of all kinds, ends of lines, marks, and letters that are other letters.
PIECES = (
    " ", "\t", "\n", "\r", "\r\n", "\f", "\v", "\xa0", "\u200b", "\u2028", "\x85", "\ufeff", "\\\n", "\\ \n", "#", "# \n", "\0",
    "\x1c", "\u3000", "\ud800", ";", "  #", "\n \n", "\n#\n", "#\r", "# -*- coding: utf-7 -*-\n",
)  # fmt: skip
SWAPS = (
    ("a", "ａ"),
    ("b", "ⅽ"),
    ("t", "𝐭"),
    ("    ", "\t"),
    ("  ", " "),
    ("\n", "\r"),
    ("\n\n", "\n"),
    ("+", "＋"),
)


def variant(rng: random.Random) -> str:
    """The program with something put in, taken out or replaced that one may overlook."""
    at = rng.randrange(len(PROGRAM) + 1)
    if rng.random() < 0.7:
        return PROGRAM[:at] + rng.choice(PIECES) + PROGRAM[at:]
    old, new = rng.choice(SWAPS)
    at = max(PROGRAM.find(old, at), PROGRAM.find(old))
    return PROGRAM[:at] + new + PROGRAM[at + len(old) :]


def looks(text: str) -> str:
    """What one sees of a program who sees neither blanks nor comments."""
    try:
        if "\0" in text:  # tokenize of Python 3.12.1 ends with a SystemError
            raise SyntaxError
        tokens = tokenize.tokenize(BytesIO(text.encode("utf-8", "ignore")).readline)
        return "".join("".join(t.string.split()) for t in tokens if t.type != tokenize.COMMENT)
    except (SyntaxError, tokenize.TokenError, UnicodeError):
        return "".join(text.split())


def test_what_looks_alike_is_graded_as_if_alone() -> None:
    """Of random variants of a program, many look the same and some of those do not run: none gets another's verdict."""
    rng = random.Random(16)
    texts = [PROGRAM, *dict.fromkeys(variant(rng) for _ in range(150))]
    given = [Completion(problem="add", index=i, text=t, form="program") for i, t in enumerate(texts)]
    with Grader(dedupe=False) as grader:
        alone = [g.outcome for g in grader.grade(ADD, given)]
    with Grader() as grader:
        together = [g.outcome for g in grader.grade(ADD, given)]
        backwards = [g.outcome for g in grader.grade(ADD, given[::-1])]

    assert together == alone
    assert backwards[::-1] == alone
    alike = [outcome for text, outcome in zip(texts, alone, strict=True) if looks(text) == looks(PROGRAM)]
    assert alike.count("passed") > 20
    assert len(alike) - alike.count("passed") > 5
