"""How a grading went: how programs were found, how many failed before they ran, and what no healthy run shows."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from modelassay.core.health import CommonError, Health
from modelassay.core.measured import Grade
from modelassay.grading.extraction.extract import NONE_FOUND
from modelassay.report.wording import rule_in_words

LOAD_SHARE: Final = 0.2  # of the samples, failing while loading, is more than healthy runs show
SAME_SHARE: Final = 0.5  # of the samples, failing by one and the same error
FEWEST: Final = 4  # samples below which shares say nothing
_BROKEN: Final = ("SyntaxError", "IndentationError", "TabError")
_LACKING: Final = re.compile(r"; --packages (\w+) admits it to the sandbox$")
_TELLING: Final = (*_BROKEN, "NameError", "ImportError", "ModuleNotFoundError")


def health_of(
    grades: Iterable[Grade], suite: str, ungraded: Mapping[str, str], alarms: Sequence[str] = ()
) -> Health:
    """The health of a grading. suite: the strictest. alarms: those that are known before it."""
    seen = _Seen()
    for grade in grades:
        if grade.suite == suite:
            seen.add(grade)
    errors = seen.errors.most_common(1)
    common = errors[0] if errors and errors[0][1] > 1 else None
    found = Health(
        samples=seen.samples, with_program=seen.with_program, failed_at_load=seen.failed_at_load,
        extraction=dict(seen.rules.most_common()), cut=dict(seen.cut.most_common()), not_taken=dict(seen.not_taken.most_common()),
        common_error=None if common is None else CommonError(error=common[0], samples=common[1]),
        ungraded=dict(ungraded), sealed=seen.sealed, alarms=tuple(alarms),
    )  # fmt: skip
    if seen.lacking:
        found = msgspec.structs.replace(found, alarms=(*found.alarms, _lacking_packages(seen.lacking)))
    return _with_alarms(found, seen.passed, len(seen.problems))


@dataclass
class _Seen:
    """Counts over grades that are looked at one by one: a run may have a million."""

    samples: int = 0
    with_program: int = 0
    failed_at_load: int = 0
    sealed: int = 0
    passed: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    not_taken: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    lacking: Counter[str] = field(default_factory=Counter)
    problems: set[str] = field(default_factory=set)

    def add(self, grade: Grade) -> None:
        """Count one."""
        self.samples += 1
        self.problems.add(grade.problem)
        self.with_program += _has_program(grade)
        self.failed_at_load += grade.at_load
        self.sealed += grade.mode == "sealed"
        self.passed += grade.outcome == "passed"
        rule, *more = grade.extraction.split("; ")
        self.rules[rule] += 1
        for part in more:
            kind, _, names = part.partition(": ")
            (self.cut if kind == "cut" else self.not_taken).update(names.split(", "))
        if grade.outcome == "error" and (error := _error(grade)):
            self.errors[error] += 1
        if match := _LACKING.search(grade.detail):
            self.lacking[match[1]] += 1


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
    if not health.samples:
        return "no sample was run"
    found = ", ".join(f"{rule_in_words(rule)} {count}" for rule, count in list(health.extraction.items())[:4])
    return (
        f"{health.with_program} of {health.samples} samples hold a program (taken by rule: {found}); "
        f"{health.failed_at_load} fail at load"
        + (f"; {health.sealed} graded in the sealed mode, which promises less" if health.sealed else "")
    )
