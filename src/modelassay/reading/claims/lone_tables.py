"""Tables that leave out what their document says once: the only benchmark it is about, the only model it ran.

A table of "Prompt | pass@1" in a report on one model and HumanEval is of that model on HumanEval. Not where a column or a row
says that weights were trained further: then the rows are models of their own.
"""

import re
from dataclasses import replace
from typing import Final

from modelassay.reading.language.mentions import Mention
from modelassay.reading.language.passages import Scope
from modelassay.reading.layout.tables import Grid

_PASS_AT: Final = re.compile(r"pass\s?@\s?\d", re.I)
_SCORE: Final = re.compile(
    r"\b(?:scores?|results?|accuracy|pass(?:ed)?(?: rate)?|solved|correct)\b|得分|通过率|准确率", re.I
)
_TRAINED: Final = re.compile(
    r"\b(?:s?ft|rlhf|grpo|dpo|ppo|rl|q?lora|fine-?tun\w*|distill\w*|prun\w*|train\w*|merg\w+|steps?|epochs?|checkpoints?|adapters?|stages?|students?|teachers?)\b|训练|微调|蒸馏",
    re.I,
)
_OF_MODELS: Final = re.compile(
    r"^\W*(?:models?|llms?|checkpoints?|systems?|methods?|approach(?:es)?|agents?|模型|方法)\b", re.I
)
_K_OF_N: Final = re.compile(r"(?<![\d./])\d{1,3}\s?(?:/|of|out of)\s?(\d{3})(?![\d/]|\.\d)")
# how many problems a run of the benchmark has
_SIZES: Final = {
    "humaneval": ("164", "161"), "humaneval+": ("164",), "mbpp": ("974", "500", "427", "399", "378"), "mbpp+": ("399", "378"),
    "mbpp-sanitized": ("427", "257"),
}  # fmt: skip


def with_only(grid: Grid, scope: Scope, benchmark: str | None, model: Mention | None) -> Scope:
    """The scope of a table with the document's only benchmark and only model, where the table itself asks for them."""
    heads = " ".join(cell.text for row in grid.header for cell in row)
    scored = _PASS_AT.search(heads) is not None or _counts_problems(grid, heads, scope.benchmark or benchmark)
    if scope.other_task or not scored:
        return scope
    if scope.benchmark is None and benchmark is not None:
        scope = replace(scope, benchmark=benchmark)
    known = scope.model is not None and scope.model.resolution.how != "ambiguous"
    if model is None or known or not _is_of_settings(grid):
        return scope
    return replace(scope, model=model)


def _counts_problems(grid: Grid, heads: str, benchmark: str | None) -> bool:
    """ "Score | 242 / 500 (48.4%)": solved problems of as many as the benchmark has."""
    sizes = _SIZES.get(benchmark or "", ())
    return _SCORE.search(heads) is not None and any(
        found[1] in sizes for row in grid.body for cell in row for found in _K_OF_N.finditer(cell.text)
    )


def _is_of_settings(grid: Grid) -> bool:
    """Do neither the columns nor the rows speak of models, or of training them?"""
    heads = [cell.text for row in grid.header for cell in row]
    firsts = [cell.text for row in grid.body for cell in row[:2]]
    return not any(_OF_MODELS.match(text) for text in heads) and not any(
        map(_TRAINED.search, [*heads, *firsts])
    )
