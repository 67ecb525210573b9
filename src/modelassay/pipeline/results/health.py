"""How a grading went: how programs were found, how many failed before they ran, and what no healthy run shows."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from modelassay.core.health import CommonError, Health
from modelassay.core.measured import Grade
from modelassay.grading.extraction.extract import NONE_FOUND

LOAD_SHARE: Final = 0.2  # of the samples, failing while loading, is more than healthy runs show
SAME_SHARE: Final = 0.5  # of the samples, failing by one and the same error
FEWEST: Final = 4  # samples below which shares say nothing
_BROKEN: Final = ("SyntaxError", "IndentationError", "TabError")
_LACKING: Final = re.compile(r"; --packages (\w+) admits it to the sandbox$")
_TELLING: Final = (*_BROKEN, "NameError", "ImportError", "ModuleNotFoundError")


def health_of(
    grades: Sequence[Grade], suite: str, ungraded: Mapping[str, str], alarms: Sequence[str] = ()
) -> Health:
    """The health of a grading. suite: the strictest. alarms: those that are known before it."""
    own = [g for g in grades if g.suite == suite]
    rules, cut, not_taken = Counter[str](), Counter[str](), Counter[str]()
    for grade in own:
        rule, *more = grade.extraction.split("; ")
        rules[rule] += 1
        for part in more:
            kind, _, names = part.partition(": ")
            (cut if kind == "cut" else not_taken).update(names.split(", "))
    errors = Counter(_error(g) for g in own if g.outcome == "error" and _error(g))
    common = errors.most_common(1)[0] if errors and errors.most_common(1)[0][1] > 1 else None
    found = Health(
        samples=len(own),
        with_program=sum(_has_program(g) for g in own),
        failed_at_load=sum(g.at_load for g in own),
        extraction=dict(rules.most_common()), cut=dict(cut.most_common()), not_taken=dict(not_taken.most_common()),
        common_error=None if common is None else CommonError(error=common[0], samples=common[1]),
        ungraded=dict(ungraded), sealed=sum(g.mode == "sealed" for g in own), alarms=tuple(alarms),
    )  # fmt: skip
    passed = sum(g.outcome == "passed" for g in own)
    lacking = Counter(m[1] for g in own if (m := _LACKING.search(g.detail)))
    if lacking:
        found = msgspec.structs.replace(found, alarms=(*found.alarms, _lacking_packages(lacking)))
    return _with_alarms(found, passed, len({g.problem for g in own}))


def _has_program(grade: Grade) -> bool:
    if grade.outcome == "no-program" or grade.extraction.startswith(NONE_FOUND):
        return False
    return not (grade.at_load and grade.detail.startswith(_BROKEN))


def _error(grade: Grade) -> str:
    """The error without what differs from program to program: its line, and the call that it was raised in."""
    return grade.detail.partition(" (line ")[0].partition(", in ")[0].partition(", while loading")[0]


def _with_alarms(health: Health, passed: int, problems: int) -> Health:
    n, said = health.samples, list(health.alarms)
    if n >= FEWEST:
        if health.with_program < (1 - LOAD_SHARE) * n:
            said.append(_lacking(health))
        if health.failed_at_load > LOAD_SHARE * n:
            said.append(
                f"{health.failed_at_load} of {n} samples fail while their program is loaded, before any test"
            )
        common = health.common_error
        if common and common.samples > SAME_SHARE * n and common.error.startswith(_TELLING):
            said.append(f"{common.samples} of {n} samples share one error, {common.error}")
        if passed == 0:
            said.append(
                f"none of {n} samples passes, while every reference of {problems} problems that has one does: are these "
                "samples of these problems, and is their format what it seems?"
            )
        if passed == n:
            said.append(f"all {n} samples pass: do they hold the answers of a model, or the references?")
    return msgspec.structs.replace(health, alarms=tuple(said))


def _lacking_packages(lacking: Mapping[str, int]) -> str:
    count = sum(lacking.values())
    named = ", ".join(f"{name} ({n})" for name, n in lacking.items())
    return (
        f"{count} sample{'s' if count > 1 else ''} import{'' if count > 1 else 's'} what is installed here but not in the "
        f"sandbox: {named}; --packages {','.join(lacking)} admits it"
    )


def _lacking(health: Health) -> str:
    n = health.samples
    lacking = n - health.with_program
    how = "none of" if not health.with_program else f"only {health.with_program} of"
    said = f"{how} {n} samples hold{'s' if not health.with_program else ''} a program that is Python and defines the function"
    parts = [
        f"{count} are {rule}"
        for rule, count in health.extraction.items()
        if rule in ("empty", "reasoning-only", "no-code")
    ]
    return f"{said} ({lacking} do not{': ' + ', '.join(parts) if parts else ''})"


def health_line(health: Health) -> str:
    """One line for the terminal."""
    found = ", ".join(f"{rule} {count}" for rule, count in list(health.extraction.items())[:4])
    return (
        f"{health.with_program} of {health.samples} samples hold a program (found by: {found}); "
        f"{health.failed_at_load} fail at load"
        + (f"; {health.sealed} graded in the sealed mode, which promises less" if health.sealed else "")
    )
