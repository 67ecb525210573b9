"""BigCode's `generations.json`: lists of texts without ids, one list per problem."""

from collections.abc import Sequence
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem


def owners(
    lists: Sequence[list[Any]], problems: Sequence[Problem], path: str
) -> tuple[Sequence[str | None], str]:
    """Whose each list is, and a word on how that is known: by the prompts its texts repeat where all tell, else by place.

    Raises InputError where the prompts in the texts contradict the order.
    """
    told = [_problem_of_prompt(texts, problems) for texts in lists]
    certain = [owner for owner in told if owner is not None]
    ids = [problem.id for problem in problems][: len(lists)]
    in_order = [*ids, *[None] * (len(lists) - len(ids))]
    expected = [o for o, t in zip(in_order, told, strict=True) if t is not None]
    if certain == expected:
        return in_order, _assumed(len(lists), len(problems))
    if len(certain) == len(lists) == len(set(certain)):
        said = "the file holds no ids, and its lists are not in the set's order: matched by their prompts"
        return told, said
    raise InputError(
        f"its {len(lists)} lists hold no ids, and the prompts in them do not follow the set's order",
        path=path,
        hint="choose the problem set it was made for, or write task_id with every sample",
    )


def _problem_of_prompt(texts: list[Any], problems: Sequence[Problem]) -> str | None:
    """The one problem whose prompt the first text repeats; None when none or several do."""
    first = texts[0] if texts and isinstance(texts[0], str) else ""
    text = "".join(first.split())
    found = [p.id for p in problems if text.startswith("".join(p.prompt.split()))] if text else []
    return found[0] if len(found) == 1 else None


def _assumed(count: int, whole: int) -> str:
    said = f"the file holds no ids: its {count} lists were taken in the set's order"
    return said + (f", as the first {count} of {whole} problems" if count < whole else "")
