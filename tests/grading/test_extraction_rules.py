"""Each rule of extraction on answers as models write them: what is found is run, so that it is a program, too."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.grading.extraction.extract import DEFAULT, RULES, extract
from modelassay.grading.extraction.found_again import FoundAgain
from modelassay.grading.extraction.rules import rules_of_run

HEAD = 'from typing import List\n\n\ndef double(xs: List[int]) -> List[int]:\n    """Each of them twice as large."""\n'
WORDS = "Write a function double that gives each number twice as large."
RIGHT = "def double(xs):\n    return [2 * x for x in xs]\n"
WRONG = "def double(xs):\n    return list(xs)\n"
DIFF = "@@ -1,2 +1,2 @@\n def double(xs):\n-    return list(xs)\n+    return [2 * x for x in xs]\n"
PAGE = "def double(xs):\n    return [2 * x for x in xs if x &lt; 9]\n"
QUOTES = "'''"
CLASS = "class Solution:\n    def double(self, xs):\n        return [2 * x for x in xs]\n"


def result(text: str, prompt: str = HEAD, rules: frozenset[str] = DEFAULT) -> tuple[Any, str]:
    """What the program found gives for [1, 2], and the rule that found it; None for no program."""
    found = extract(prompt, "double", text, "unknown", rules)
    if found.source is None:
        return None, found.how
    namespace: dict[str, Any] = {}
    exec(found.source, namespace)
    return namespace["double"]([1, 2]), found.how.partition(";")[0]


ANSWERS = {
    f"```{RIGHT}```": "fence",
    f"```python\nNOTE = {QUOTES}\n```\nx\n```\n{QUOTES}\n{RIGHT}```\nDone.": "fence",
    f"```python\ndef double(xs):\n    {QUOTES}Twice.\n    ```\n    x\n    ```\n    {QUOTES}\n    return [2 * x for x in xs]\n```\n": "fence",
    f"```python {RIGHT}```\nDone.": "fence",
    f"First what is needed:\n\nfrom math import prod\n\nThen:\n\n{RIGHT.replace('2 * x', 'prod([2, x])')}\nThat is it.": "bare-code",
    # reasoning
    f"<think>\nEasy.\n</think>\n\n{RIGHT}": None,
    f"<think>\n```python\n{WRONG}```\nNo.\n</think>\n```python\n{RIGHT}```\n": "fence",
    f"Let me see.\n```python\n{WRONG}```\n</think>\n{RIGHT}": None,
    f"<thinking>hm</thinking>\n```\n{RIGHT}```": "fence",
    f"[THINK]{WRONG}[/THINK]{RIGHT}": None,
    f"<seed:think>{WRONG}</seed:think>{RIGHT}": None,
    f"<|begin_of_thought|>\n{WRONG}<|end_of_thought|>\n<|begin_of_solution|>\n```python\n{RIGHT}```\n<|end_of_solution|>": "fence",
    f"<|channel|>analysis<|message|>{WRONG}<|end|><|start|>assistant<|channel|>final<|message|>{RIGHT}<|return|>": None,
    f"analysisWe need a function.\n{WRONG}assistantfinal```python\n{RIGHT}```": "fence",
    f"<think>a</think>```python\n{RIGHT}```\n<think>Is it right? Yes.</think>\nDone, it is right.": "fence",
    f"<THINKING>\n```python\n{WRONG}```\n</THINKING>\n{RIGHT}": None,
    f'<think budget="9">\n```python\n{WRONG}```\n</think >\n{RIGHT}': None,
    f"<longcat_think>\n```python\n{WRONG}```\n</longcat_think>\n{RIGHT}": None,
    f"<analysis>\n```python\n{WRONG}```\n</analysis>\n{RIGHT}": None,
    f"<|START_THINKING|>```python\n{WRONG}```\n<|END_THINKING|><|START_RESPONSE|>{RIGHT}<|END_RESPONSE|>": None,
    f"<|inner_prefix|>{WRONG}<|inner_suffix|>{RIGHT}": None,
    f'<details type="reasoning" done="true">\n{WRONG}</details>\n{RIGHT}': None,
    f"Here is my thought process:\n```python\n{WRONG}```\nHere is my response:\n{RIGHT}": None,
    f"analysis```python\n{WRONG}```\nassistantfinal{RIGHT}": None,
    f"<|channel|>analysis<|message|>{WRONG}<|end|><|start|>assistant<|channel|>final <|constrain|>python<|message|>{RIGHT}": None,
    # special tokens
    f"{RIGHT}<|eot_id|>": None,
    f"<|im_start|>assistant\n{RIGHT}<|im_end|>\n<|im_start|>user\nThanks": None,
    f"{RIGHT}<｜end▁of▁sentence｜>": None,
    f"{RIGHT}<end_of_turn>\n": None,
    f"```python\n{RIGHT}```<|im_end|>\n<|im_start|>user\n```python\n{WRONG}```": "fence",
    "    return [2 * x for x in xs]<|endoftext|>": "after-prompt",
    f"<s>[INST] Twice:\n{WRONG} [/INST] {RIGHT}</s>": None,
    f"<|im_start|>user\n{WRONG}<|im_end|>\n<|im_start|>assistant\n```python\n{RIGHT}```<|im_end|>": "fence",
    # markers
    f"{RIGHT}[DONE]\n\nYou are an expert.\n[BEGIN]\n{WRONG}[DONE]": None,
    f"[BEGIN]\n{RIGHT}[DONE]\n\nYou are an expert.\n[BEGIN]\n{WRONG}[DONE]": None,
    f"[PYTHON]\n{RIGHT}[/PYTHON]\n[TESTS]\nassert double([]) == []\n[/TESTS]": None,
    f"<answer>\n```python\n{RIGHT}```\n</answer>": "fence",
    f"[BEGIN]\n '{RIGHT}' \n[DONE]\n": None,
    f"<|python_tag|>{RIGHT}<|eom_id|>": None,
    # other notations
    f"Here is the change:\n```diff\n{DIFF}```\nDone.": "diff",
    f"--- a/double.py\n+++ b/double.py\n{DIFF}": "diff",
    f"<p>Here:</p>\n<pre><code class=\"language-python\">{PAGE}</code></pre>\n<p>Done.</p>": "html",
    f"<pre>{PAGE.replace(chr(10), '<br>')}</pre>": "html",
    f"<pre>\n{RIGHT}</pre>": "html",
    json.dumps({"name": "python", "arguments": {"code": RIGHT}}): "tool-call",
    "<tool_call>\n" + json.dumps({"name": "python", "arguments": json.dumps({"code": RIGHT})}) + "\n</tool_call>": "tool-call",
    "I will run it.\n```json\n" + json.dumps([{"name": "write", "arguments": {"path": "a.py", "content": RIGHT}}], indent=1) + "\n```": "tool-call",
    f"<function=python>\n<parameter=code>\n{RIGHT}</parameter>\n</function>": "tool-call",
    ">>> import math\n>>> def double(xs):\n...     return [2 * x for x in xs]\n... \n>>> double(1)\nTraceback (most recent call last):\n  …\n": "transcript",
    "```pycon\n>>> def double(xs):\n...     return [2 * x for x in xs]\n...\n>>> double([1])\n[2]\n```": "transcript",
    "In [1]: def double(xs):\n   ...:     return [2 * x for x in xs]\n   ...: \n\nIn [2]: double([3])\nOut[2]: [6]\n": "transcript",
    RIGHT.replace("    ", "\u00a0" * 4): None,
    f"```python\n{RIGHT.replace('double', 'double' + chr(0x200B), 1)}```": "fence",
    f"My first try:\n```python\n{WRONG}```\nThat forgets to double. The answer is:\n\n{RIGHT}": "bare-code",
    # fences
    f"```python\n{RIGHT}```\n".replace("\n", "\r"): "fence",
    f"\ufeff{RIGHT}": None,
    "```def double(xs): return [2 * x for x in xs]```": "fence",
    "```python\ndouble = lambda xs: [2 * x for x in xs]  # def\n```": "fence",
    "```python\nfrom typing import Callable\ndouble: Callable = lambda xs: [2 * x for x in xs]  # def\n```": "fence",
    "    return [2 * x for x in xs]\n```\nThat doubles.": "fence-continuation",
    f"Here:\r\n```python\r\n{RIGHT}```\r\n".replace("\r\n", "\n").replace("\n", "\r\n"): "fence",
    f"~~~python\n{RIGHT}~~~\nDone": "fence",
    f"```python\n{RIGHT}`````\nDone": "fence",
    f"```python\n{RIGHT.rstrip()}```\nDone": "fence",
    f"```python\n{RIGHT.rstrip()}``` It doubles.\n": "fence",
    f"```python\n{RIGHT}": "fence",
    f"> ```python\n> {RIGHT.rstrip().replace(chr(10), chr(10) + '> ')}\n> ```\nQuoted": "fence",
    f"1. So:\n\n    ```python\n    {RIGHT.rstrip().replace(chr(10), chr(10) + '    ')}\n    ```\n2. Call it": "fence",
    f"- ```python\n  {RIGHT.rstrip().replace(chr(10), chr(10) + '  ')}\n  ```": "fence",
    f"````markdown\n```python\n{RIGHT}```\n````": "fence",
    f"```python\n{RIGHT}```\nUse it:\n```python\nprint(double([1]))\n```\n```\n[2]\n```": "fence",
    "Helper:\n```python\ndef twice(x):\n    return 2 * x\n```\nThen:\n```python\ndef double(xs):\n"
    "    return [twice(x) for x in xs]\n```\nTry:\n```python\nprint(undefined)\n```": "fences-joined",
    "First:\n```python\nfrom functools import partial\n```\n```python\nfrom operator import mul\n```\n```python\n"
    "def double(xs):\n    return list(map(partial(mul, 2), xs))\n```": "fences-joined",
    # bare code
    f"Of course!\n\n{RIGHT}\nThis returns a new list, isn't it nice?\n": "bare-code",
    f"It is easy, from the list we build another.\n{RIGHT}\nExplanation: each is doubled (twice).": "bare-code",
    f"Code:\n\n    {RIGHT.rstrip().replace(chr(10), chr(10) + '    ')}\n\nDone.": "bare-code",
    f"The code is as follows:\n\n{RIGHT}\nIt works.\n\n```\n": "bare-code",
    # future imports
    f"from __future__ import annotations\n\n{RIGHT}": "whole-program",
    f"```python\nfrom __future__ import annotations\n\n{RIGHT}```": "fence",
}  # fmt: skip


@pytest.mark.parametrize("prompt", [HEAD, WORDS], ids=["head", "words"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_the_program_is_found(answer: str, prompt: str) -> None:
    """Under a prompt that is code and one that is not; a body alone needs a prompt to follow."""
    if prompt == WORDS and "def " not in answer:
        return
    value, how = result(answer, prompt)
    assert value == [2, 4]
    assert ANSWERS[answer] in (None, how)


@pytest.mark.parametrize(
    "answer",
    [
        f"<think>\n```python\n{RIGHT}```\nBut wait",
        f"<think>\n{RIGHT}\n</think>\n",
        f"<think>\n{RIGHT}\n</think>\nI cannot say.",
        f"<|channel|>analysis<|message|>```python\n{RIGHT}```",
        f"Hm.\n<think>\n{RIGHT}",
        f'<think budget="9">\n```python\n{RIGHT}```',
        f"<THINKING>\n{RIGHT}",
    ],
)
def test_what_is_thought_is_no_answer(answer: str) -> None:
    """Reasoning that is cut off, or that nothing follows, holds no program, whatever is drafted in it."""
    for prompt in (HEAD, WORDS):
        assert result(answer, prompt)[0] is None


@pytest.mark.parametrize(
    "program",
    [
        'def double(xs):\n    """Ends at </s> or <|im_end|>."""\n    return [2 * x for x in xs]\n',
        "def double(xs):\n    # drop <think> and [DONE]\n    stop = '<|endoftext|>'\n    return [2 * x for x in xs if x != stop]\n",
        'def double(xs):\n    """\n    >>> double([1])\n    [2]\n    """\n    return [2 * x for x in xs]\n',
        "PAGE = '<pre>def double(): pass</pre>'\n\n\ndef double(xs):\n    return [2 * x for x in xs]\n",
        'CALL = \'{"code": "def double(xs):\\\\n    return 0"}\'\n\n\ndef double(xs):\n    return [2 * x for x in xs]\n',
        "def double(xs):\n    blank = '\u00a0'\n    return [2 * x for x in xs if x != blank]\n",
        "def double(xs):\n    fence = '```'\n    return [2 * x for x in xs if x != fence]\n",
        'def double(xs):\n    """\n    <reason>in pairs</reason>\n    """\n    return [2 * x for x in xs]\n',
        'import re\n\n\ndef double(xs):\n    if re.sub(r"<think>.*?</think>", "", "x"):\n        return [2 * x for x in xs]\n',
        'TAGS = ["[PYTHON]", "[/PYTHON]", "</think>"]\n\n\ndef double(xs):\n    return [2 * x for x in xs]\n',
    ],
)
def test_programs_that_handle_such_texts_stay_whole(program: str) -> None:
    """Tags and tokens in strings and comments are the program's own, also inside of a fence."""
    for text in (program, f"Here:\n```python\n{program}```\n"):
        found = extract(WORDS, "double", text, "unknown")
        assert found.source is not None
        assert found.source.strip() == program.strip()


def test_a_broken_program_is_not_cut_into_a_shorter_one() -> None:
    """What breaks off or breaks Python's rules stays as it is: only prose is left out."""
    for text in (
        "def double(xs):\n    ys = []\n    for x in xs:\n        ys.append(2 *",
        "def double(xs):\n    ys = xs\nif not ys:\n        return ys\n\n    return ys",
        "    return [2 * x for x in xs]\n[/PYTHON]",
        "@@ -1,2 +1,2 @@\n def double(xs):\n-    return list(xs)\n+    return [2 * x for\n",
        "ys = []\nfor x in xs:\nreturn ys",
    ):
        assert extract(HEAD, "double", text, "unknown") == (HEAD + text, "none-found")


def test_what_says_nothing_of_the_function_is_not_its_body() -> None:
    """A class, or a value, behind a head that has its docstring would make a function that gives nothing."""
    said = extract(HEAD, "double", f"```python\n{CLASS}```", "unknown").how
    assert said == "none-found; not taken: solution-class"
    assert extract(HEAD, "double", '```json\n{"code": 1}\n```', "unknown").how == "none-found"


def test_elsewhere_is_told_and_taken_on_request() -> None:
    """In a class, or under another name: named in the grade, run only where somebody asks for it."""
    other = RIGHT.replace("double", "twice")
    for text, rule in (
        (CLASS, "solution-class"),
        (other, "other-name"),
        (f"```python\n{CLASS}```", "solution-class"),
    ):
        assert extract(WORDS, "double", text, "unknown").how == f"none-found; not taken: {rule}"
        assert result(text, WORDS, DEFAULT | {rule}) == ([2, 4], rule)
    for body in (
        "ys = []\nfor x in xs:\n    ys.append(2 * x)\nreturn ys",
        "ys = [2 * x for x in xs]\n    return ys",
    ):
        assert extract(HEAD, "double", body, "unknown") == (HEAD + body, "none-found; not taken: bare-body")
        assert result(body, HEAD, DEFAULT | {"bare-body"}) == ([2, 4], "bare-body")
    tagged = RIGHT + "[/PYTHON]"
    assert extract(HEAD, "double", tagged, "unknown").how == "none-found"
    assert result(tagged, HEAD, DEFAULT | {"lone-end-tag"})[0] == [2, 4]


@pytest.mark.parametrize("rule", [r for r in RULES if r in DEFAULT])
def test_rules_can_be_switched_off(rule: str) -> None:
    """Without a rule no answer is found by it; with all of them every rule finds one of ours."""
    texts = [
        *ANSWERS,
        "```\nreturn [2 * x for x in xs]\n```",
        "```\n    return [2 * x for x in xs]\n```",
        RIGHT,
    ]

    def named(rules: frozenset[str]) -> set[str]:
        found = [extract(HEAD, "double", text, "unknown", rules).how for text in texts]
        return {name for how in found for name in how.replace("; cut: ", ", ").split(", ")}

    assert rule in named(DEFAULT)
    assert rule not in named(DEFAULT - {rule})


def test_what_a_harness_postprocessed_is_not_cut() -> None:
    """BigCode's lists hold what it ran: an end token in them is part of it, as in its verdicts."""
    assert extract(HEAD, "double", RIGHT + "<|eot_id|>", "postprocessed").how == "none-found"
    assert extract(HEAD, "double", "    return xs\n", "postprocessed").how == "after-prompt"


CLASS_HEAD = 'from math import prod\n\n\nclass Pile:\n    """A pile of numbers."""\n'
CLASS_BODY = "    def __init__(self, xs):\n        self.xs = xs\n\n    def product(self):\n        return prod(self.xs)\n"


@pytest.mark.parametrize(
    ("answer", "prompt"),
    [
        (CLASS_BODY, CLASS_HEAD),
        ("class Pile:\n" + CLASS_BODY, CLASS_HEAD),
        (f"```python\nclass Pile:\n{CLASS_BODY}```", CLASS_HEAD),
        (f"```python\n{CLASS_BODY}```", CLASS_HEAD),
        (
            f"Here:\n\nfrom math import prod\n\nclass Pile:\n{CLASS_BODY}",
            "Write a\nclass Pile with a method product.",
        ),
    ],
)
def test_a_prompt_may_begin_a_class(answer: str, prompt: str) -> None:
    """Its body follows the prompt, and a whole class needs the prompt's imports."""
    namespace: dict[str, Any] = {}
    exec(extract(prompt, "Pile", answer, "unknown").source or "", namespace)
    assert namespace["Pile"]([2, 3]).product() == 6


@pytest.mark.parametrize("prompt", [HEAD, WORDS, CLASS_HEAD], ids=["head", "words", "class"])
@given(
    parts=st.lists(st.sampled_from([*ANSWERS, RIGHT, WRONG, CLASS, PAGE, DIFF, "\n\n", "\r\n"]), max_size=4)
)
def test_found_again_by_the_name_of_the_rule(prompt: str, parts: list[str]) -> None:
    """Where a grade names the rule, the program is the one that a whole search finds."""
    text = "".join(parts)
    found = extract(prompt, "double", text, "unknown")

    assert FoundAgain(prompt, "double").program(text, "unknown", found.how) == found


def test_without_a_grade_the_rules_are_the_runs() -> None:
    """As its manifest names them; a run that names none has the usual ones."""
    fenced = f"Here it is:\n```python\n{RIGHT}```\n"
    without = rules_of_run({"extraction": "-fence, -fence-body"})

    assert FoundAgain(HEAD, "double").program(fenced, "unknown", "").how == "fence"
    assert rules_of_run({}) == DEFAULT
    assert FoundAgain(HEAD, "double", without).program(fenced, "unknown", "").how != "fence"
