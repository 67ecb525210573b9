"""How the program is found in what a model wrote."""

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.grading.extraction import programs
from modelassay.grading.extraction.extract import extract
from modelassay.grading.extraction.programs import is_code, preamble, tree_of

PROMPT = 'import math\n\ndef area(r):\n    """Of a circle."""\n'
BODY = "    return math.pi * r * r\n"
WHOLE = "def area(r):\n" + BODY
FENCED = f"Here it is:\n```python\n{WHOLE}```\nIt uses `math`.\n"


@pytest.mark.parametrize(
    ("text", "form", "source", "how"),
    [
        (WHOLE, "program", WHOLE, "none"),
        (BODY, "continuation", PROMPT + BODY, "after-prompt"),
        (BODY, "text", PROMPT + BODY, "after-prompt"),
        (WHOLE, "text", PROMPT + WHOLE, "after-prompt"),
        (FENCED, "text", "import math\n\n" + WHOLE, "fence"),
        (f"~~~\n{BODY}~~~\n", "text", PROMPT + BODY, "fence-continuation"),
        (f"```\n{BODY[4:]}```\n", "text", PROMPT + BODY, "fence-body"),
        (f"Sure!\n{WHOLE}", "text", f"import math\n\n{WHOLE}", "bare-code"),
        (" \n", "text", None, "empty"),
    ],
)
def test_rules_in_their_order(text: str, form: str, source: str | None, how: str) -> None:
    assert extract(PROMPT, "area", text, form) == (source, how)


def test_prompt_that_is_not_code_is_left_out() -> None:
    assert extract("Write the area of a circle.", "area", WHOLE, "text") == (WHOLE, "whole-program")


@pytest.mark.parametrize(
    "program",
    [
        "import cmath\n\n\ndef area(r):\n    return cmath.pi * r * r\n",
        "def square(r):\n    return r * r\n\n\ndef area(r):\n    return 3 * square(r)\n",
        "def area(r):\n  return 3 * r * r\n",
        "def area(r):\n\treturn 3 * r * r\n",
        "def area(r): return 3 * r * r\n",
    ],
    ids=["import above", "helper above", "two blanks", "a tab", "one line"],
)
def test_fenced_program_keeps_all_that_stands_in_it(program: str) -> None:
    """What stands above the function is part of the answer, and its indentation need not be four blanks."""
    source, _ = extract(PROMPT, "area", f"```python\n{program}```", "text")
    assert source is not None
    assert source.endswith(program)


LINES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "def",
                "async",
                "area",
                "area_2",
                "areaé",
                " ",
                "\t",
                "(r):",
                "(",
                "#",
                "class",
                "x = 1",
                "\r",
                ".",
            ]
        ),
        max_size=6,
    ).map("".join),
    max_size=5,
).map("\n".join)


@given(LINES)
def test_first_line_of_the_function(text: str) -> None:
    """What is asked of a line, in words, is what these expressions say; the test runner starts without `re`."""
    anywhere = re.search(r"^[ \t]*(?:async[ \t]+)?def[ \t]+area\b", text, re.MULTILINE)
    outermost = re.search(r"^(?:async[ \t]+)?def[ \t]+area\b", text, re.MULTILINE)
    assert is_code(text, "area") == (anywhere is not None)
    assert preamble(text, "area") == (text[: outermost.start()] if outermost else "")


FUTURE = "from __future__ import annotations"
STATEMENTS = (
    FUTURE, f"{FUTURE}; x = 2", f"x = 1; {FUTURE}", "from __future__ import nothing", "from __future__ import braces",
    "from .__future__ import annotations", "def f():\n    from __future__ import division", "'doc'", "b'x'", "f'x'", "1", "import os",
)  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 3])
def test_future_imports_may_stand_where_the_compiler_lets_them(count: int) -> None:
    """Of all texts of three such statements, those have a tree that the compiler takes."""
    for chosen in itertools.product(STATEMENTS, repeat=count):
        source = "\n".join(chosen)
        try:
            compile(source, "", "exec", dont_inherit=True)
        except SyntaxError:
            assert tree_of(source) is None, source
        else:
            assert tree_of(source) is not None, source


def test_no_answer_is_compiled_outside_of_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only parsed: what the compiler makes of a short text may fill the memory."""
    asked = []

    def noted(*args: Any, **options: Any) -> Any:
        asked.append(args[3])
        return compile(*args, **options)

    monkeypatch.setattr(programs, "compile", noted, raising=False)
    answer = f"{FUTURE}\ndef f(x):\n    try:\n        return x\n    finally:\n        print(x)\n"

    assert extract("", "f", answer, "unknown").how == "whole-program"
    assert set(asked) == {0x400}  # ast.PyCF_ONLY_AST
