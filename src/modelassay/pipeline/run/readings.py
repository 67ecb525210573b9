"""Before precomputed samples are graded: are their texts what the file's format says they are?

`solution` means a whole program, but some files hold bodies under it, or whole chat answers; `completion` is looked into in
any case. The other reading is tried on the texts alone, nothing is run. Where hardly any text is a program as given and most
are under the other reading, the file itself is proof and the other reading is taken; else it is named with both numbers.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading.extraction.extract import DEFAULT, NONE_FOUND, ON_REQUEST, extract
from modelassay.grading.extraction.programs import defines_function
from modelassay.sampling.precomputed.gathering import changed

LOOKED_AT: Final = 400  # texts, spread over the file
PROOF: Final = (
    0.1,
    0.5,
)  # at most such a share are programs as given, at least such a share under the other reading
WORTH: Final = 0.1  # shares that differ by less are no news
_WORDS: Final = {"program": "whole programs, as given", "continuation": "what follows the prompt"}


@dataclass(frozen=True)
class Reading:
    """The samples as they will be graded, what was taken for granted, and what else they might be."""

    completions: Sequence[Completion]
    assumptions: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


def settled(completions: Sequence[Completion], problems: Sequence[Problem], *, insisted: bool) -> Reading:
    """The reading under which the samples are graded. insisted: the user named the format, so nothing is changed."""
    by_id = {p.id: p for p in problems}
    found = Reading(completions)
    there = Counter[str](c.form for c in completions)
    for form, words in _WORDS.items():
        looked = _looked_at(completions, form, there[form])
        given = sum(_is_program(by_id[c.problem], c, c.form) for c in looked)
        if not looked or given == len(looked):
            continue
        other = sum(_is_program(by_id[c.problem], c, "unknown") for c in looked)
        few, most = PROOF
        said = (
            f"{given} of {len(looked)} texts are programs when read as {words}; {other} are when the program is looked "
            "for in them or the text follows the prompt"
        )
        if given <= few * len(looked) and other >= most * len(looked) and not insisted:
            name = "programs" if form == "program" else "bodies"
            said += f", so that is how they are read; --samples-format {name} insists"
            found = Reading(_reread(found.completions, form), (*found.assumptions, said), found.alarms)
        elif other - given >= WORTH * len(looked):
            said += ": --samples-format answers reads them so"
            found = Reading(found.completions, found.assumptions, (*found.alarms, said))
    if found.assumptions:
        there = Counter[str](c.form for c in found.completions)
    lost = _on_request(_looked_at(found.completions, "unknown", there["unknown"]), by_id)
    return Reading(found.completions, found.assumptions, (*found.alarms, *lost))


def _looked_at(completions: Sequence[Completion], form: str, number: int) -> list[Completion]:
    """Some of the `number` samples of a form, spread over them all."""
    if not number:
        return []
    of_form = (c for c in completions if c.form == form)
    return list(itertools.islice(of_form, 0, None, max(1, number // LOOKED_AT)))


def _reread(completions: Sequence[Completion], form: str) -> Sequence[Completion]:
    """Those of a form with none, so that the program is looked for in them."""
    return changed(completions, lambda c: msgspec.structs.replace(c, form="unknown") if c.form == form else c)


def _on_request(looked: Sequence[Completion], problems: dict[str, Problem]) -> list[str]:
    """What the rules would find that are applied on request only, where that is a good part of the file."""
    lost = [c for c in looked if _how(problems[c.problem], c).startswith(NONE_FOUND)]
    if not lost or len(lost) < WORTH * len(looked):
        return []
    said = []
    for rule in ON_REQUEST:
        more = sum(not _how(problems[c.problem], c, DEFAULT | {rule}).startswith(NONE_FOUND) for c in lost)
        if more >= WORTH * len(looked):
            said.append(
                f"in {len(lost)} of {len(looked)} texts no program is found; --extraction {rule} finds {more} more"
            )
    return said


def _how(problem: Problem, completion: Completion, rules: frozenset[str] = DEFAULT) -> str:
    return extract(problem.prompt, problem.entry_point, completion.text, completion.form, rules).how


def _is_program(problem: Problem, completion: Completion, form: str) -> bool:
    found = extract(problem.prompt, problem.entry_point, completion.text, form)
    return found.source is not None and defines_function(found.source, problem.entry_point)
