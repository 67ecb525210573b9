"""Which problem a precomputed sample belongs to, when its file names problems in its own way."""

import re
from collections.abc import Mapping, Sequence

from modelassay.core.problems import Problem

_NUMBERED = re.compile(r"(?:(?P<prefix>.*)[/_])?(?P<number>\d+)\Z", re.DOTALL)
# MultiPL-E's `HumanEval_0_has_close_elements`: the number, then the function.
_NUMBER_INSIDE = re.compile(r"(?P<prefix>[A-Za-z+]+)[_/](?P<number>\d{1,9})_\w+\Z")
_LAST_FUNCTION = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)

# Prefixes other tools give the same problems; lower case. Multilingual sets call HumanEval's by language.
_SAME: Mapping[str, frozenset[str]] = {
    "humaneval": frozenset({"humaneval", "humaneval+", "humanevalplus", "python", "openai_humaneval"}),
    "mbpp": frozenset({"mbpp", "mbpp+", "mbppplus"}),
}


class Names:
    """Resolves foreign names of problems to the ids of one problem set. `None` means: not in this set."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._order = [problem.id for problem in problems]
        self._ids = {problem.id: problem for problem in problems}
        self._folders = {problem.id.replace("/", "_"): problem.id for problem in problems}
        self._numbered: dict[tuple[str, int], str] = {}
        self._by_prompt: dict[str, list[str]] = {}
        self._by_function: dict[str, list[Problem]] = {}
        for problem in problems:
            prefix, number = _split(problem.id)
            if number is not None:
                self._numbered[prefix, number] = problem.id
            self._by_prompt.setdefault(problem.prompt.strip(), []).append(problem.id)
            self._by_function.setdefault(problem.entry_point, []).append(problem)

    def by_id(self, written: object) -> str | None:
        """From a task id: as it is, as a folder's name, in another's spelling, or as a bare number."""
        name = str(written) if isinstance(written, int) and not isinstance(written, bool) else written
        if not isinstance(name, str):
            return None
        if name in self._ids:
            return name
        if name in self._folders:
            return self._folders[name]
        prefix, number = _split(name)
        if number is None and (inside := _NUMBER_INSIDE.match(name)):
            prefix, number = inside["prefix"].lower(), int(inside["number"])
        if number is None:
            return None
        found = {
            identifier
            for (own, own_number), identifier in self._numbered.items()
            if own_number == number and (prefix == "" or prefix in _SAME.get(own, frozenset({own})))
        }
        return found.pop() if len(found) == 1 else None

    def by_place(self, place: object) -> str | None:
        """From a place in the set, from 0 on."""
        inside = isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(self._order)
        return self._order[place] if inside and isinstance(place, int) else None

    def by_custom_id(self, written: str) -> str | None:
        """From a name that a user made of an id and more, as `HumanEval/0-3` or `run2 HumanEval_0 sample 3`."""
        known = self.by_id(written)
        if known is not None:
            return known
        spellings = {**self._folders, **{identifier: identifier for identifier in self._ids}}
        found = [s for s in spellings if re.search(rf"(?<!\w){re.escape(s)}(?![0-9A-Za-z])", written)]
        return spellings[max(found, key=len)] if found else None

    def by_prompt(self, prompt: str) -> str | None:
        """From the prompt the samples were made with, which may have lost its examples.

        The whole prompt decides; else the function it ends in; where several problems ask for a function of
        that name, the one whose prompt agrees for longest. None when that is no single problem.
        """
        exact = self._by_prompt.get(prompt.strip(), [])
        if len(exact) == 1:
            return exact[0]
        functions = _LAST_FUNCTION.findall(prompt)
        rivals = self._by_function.get(functions[-1], []) if functions else []
        agreement = {p.id: _agreement(_squeezed(p.prompt), _squeezed(prompt)) for p in rivals}
        if not agreement:
            return None
        best = max(agreement.values())
        winners = [identifier for identifier, length in agreement.items() if length == best]
        return winners[0] if len(winners) == 1 else None


def _split(name: str) -> tuple[str, int | None]:
    """("humaneval", 3) of "HumanEval/3" or "HumanEval_3"; ("", 3) of "3"; (…, None) without a number."""
    match = _NUMBERED.fullmatch(name.strip())
    if match is None or len(match["number"]) > 9:
        return name.strip().lower(), None
    return (match["prefix"] or "").lower(), int(match["number"])


def _agreement(one: str, other: str) -> int:
    """Characters that two texts have in common from the start."""
    for position, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return position
    return min(len(one), len(other))


def _squeezed(text: str) -> str:
    return "".join(text.split())
