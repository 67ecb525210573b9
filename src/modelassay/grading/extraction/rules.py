"""Which rules are applied, from what a user writes: names to add, names with a minus to leave out."""

import difflib
from collections.abc import Mapping, Sequence

from modelassay.core.errors import InputError
from modelassay.grading.extraction.extract import DEFAULT, RULES


def chosen_rules(changes: Sequence[str]) -> frozenset[str]:
    """The rules after these changes: `solution-class` adds one, `-bare-code` leaves one out, `none` leaves all out.

    Raises InputError for a rule that does not exist.
    """
    rules = set(DEFAULT)
    for change in changes:
        name = change.lstrip("+-")
        if change == "none":
            rules.clear()
            continue
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, 1)
            hint = f"did you mean {near[0]}?" if near else f"rules: {', '.join(RULES)}"
            raise InputError(f"no extraction rule is called {name!r}", hint=hint)
        if change.startswith("-"):
            rules.discard(name)
        else:
            rules.add(name)
    return frozenset(rules)


def rules_of_run(grading_settings: Mapping[str, str]) -> frozenset[str]:
    """The rules that a run's samples are read by, from the settings in its manifest. Raises InputError as `chosen_rules`."""
    return chosen_rules([name for name in grading_settings.get("extraction", "").split(", ") if name])
